"""The networks, and drawing with them."""
