"""Client for ServiceTitan's public API. Its presence does not mean that anything is approved, connected or on.

Based only on public sources; it neither sends nor relies on anything they leave undefined. No database access. Bodies
and secrets never appear in a log, a repr or an error.
"""
