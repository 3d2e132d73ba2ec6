"""Simulator of the documented part of ServiceTitan's public API, for demos, drills and tests.

It is not ServiceTitan, does not use Django, and stores everything in memory. If public sources leave behavior
undefined, it behaves in the way that is harder for us. Its results are simulator-grade evidence and open no gate.
"""
