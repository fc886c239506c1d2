"""Makes the model in public/models/ from open medical images; see README.md."""
