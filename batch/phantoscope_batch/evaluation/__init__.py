"""What the page's evaluation says of pictures: whether they repeat real ones, and whether they show what was asked for."""
