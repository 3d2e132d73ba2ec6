"""Commands: import_tenant."""
