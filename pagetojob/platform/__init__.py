"""What the product apps share: one small Django app per concern, stacked in one order.

leads > titanmap > importer > gateway > vault > claims > gates > runs > files > states > audit > tenants
"""
