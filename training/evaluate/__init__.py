"""Every figure on held-out images."""
