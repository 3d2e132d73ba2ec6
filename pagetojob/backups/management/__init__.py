"""The command of the backups."""
