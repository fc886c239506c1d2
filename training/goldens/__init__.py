"""What the TypeScript tests must meet."""
