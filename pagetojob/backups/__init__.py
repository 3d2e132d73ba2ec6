"""Backups with pgBackRest: configuration, schedule, restore, drill, and their state on the alarms page."""
