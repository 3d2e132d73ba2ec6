"""The command that starts the ServiceTitan simulator."""
