"""What pictures are judged by: networks, formulas, plain measures."""
