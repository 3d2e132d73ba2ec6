"""Tenant files, stored in PostgreSQL with the rows that refer to them."""
