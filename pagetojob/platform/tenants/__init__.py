"""People, tenants, roles, and the scope that keeps tenants apart in the database itself."""
