"""Computes revenue by label from linked leads and jobs. Decimal only; no Django, clock or float.

Every invoice is in exactly one bucket, and every dollar of it is exactly one of: net, returned or void.
"""
