"""Everything that leaves the house goes through here. It touches no table.

Each door returns a Receipt or raises one of three typed errors.
"""
