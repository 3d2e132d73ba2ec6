"""Text that looks like a credential: one rule set for forms, uploads and imports."""
