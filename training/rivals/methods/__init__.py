"""One file a family of methods; each method is a class with begin, step, sample (see base.py)."""
