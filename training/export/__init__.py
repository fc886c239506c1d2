"""Networks to the package that the browser loads, and back."""
