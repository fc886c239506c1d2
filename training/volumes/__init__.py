"""The model of volumes, from its data to its figures."""
