"""Queries of the attribution pages. Each takes the tenant and documents its number of queries."""
