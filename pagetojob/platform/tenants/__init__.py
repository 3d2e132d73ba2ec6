"""Users, tenants and roles, and the scopes that isolate tenants in the database."""
