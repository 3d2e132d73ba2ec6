"""Commands that load and drive the demo tenants."""
