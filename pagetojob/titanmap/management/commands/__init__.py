"""Commands that export and import a Titan Map."""
