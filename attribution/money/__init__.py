"""From linked chains to money by label. Pure: Decimal only, no Django, no clock, no float.

Every invoice is in exactly one bucket, and every dollar of it in exactly one of: kept, given back, void.
"""
