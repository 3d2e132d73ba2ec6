"""Import of tabular files: pure parsing and review, plus uploads, staged rows and runs in the database."""
