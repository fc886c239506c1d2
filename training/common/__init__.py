"""Named errors, the clock of a run, and the noise that the browser draws too."""
