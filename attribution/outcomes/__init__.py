"""A shop's exports, row by row: which column is which, what each cell says, what is wrong. Knows nothing of Django."""
