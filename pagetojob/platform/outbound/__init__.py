"""Everything that leaves the house goes through here. It touches no table.

Each door returns a receipt or raises one of the typed errors of errors.py (docs/explanation/gateway.md).
"""
