"""Compares what DNS answers for a contractor's domain with the records that we requested. Pure: no Django, no database.

`lookup` is the only module that sends queries. `expectation` reads what was requested, `evaluation` judges all of it.
"""
