"""Document rows generated from code instead of a table, so that they always match what runs."""
