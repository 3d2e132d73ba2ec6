"""Detection of pasted credentials: one rule set for forms, uploads and imports."""
