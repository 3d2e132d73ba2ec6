"""Shared foundation of the product: one small Django app per concern, layered in a fixed import order.

leads > titanmap > importer > gateway > vault > claims > gates > runs > files > states > audit > tenants
"""
