"""All outbound network calls of PageToJob: HTTP, email and the ServiceTitan API. No database access.

Each function returns a receipt or raises one of the errors of errors.py (docs/explanation/gateway.md).
"""
