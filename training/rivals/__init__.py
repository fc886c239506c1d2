"""Existing methods and this project's own on the same data, in the same time, before the same judges."""
