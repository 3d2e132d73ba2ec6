"""Files of a tenant, kept in PostgreSQL beside the rows that speak of them."""
