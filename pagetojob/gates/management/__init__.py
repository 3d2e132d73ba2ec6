"""Commands about flags and evidence."""
