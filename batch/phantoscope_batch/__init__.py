"""The pictures of a recipe on one machine or a cluster: the same ones that the page makes. See docs/batch.md."""

__version__ = '0.1.0'
