"""Layout of charts: amounts in, positions in drawing units out. Pure. Templates draw them as SVG, each with a table."""
