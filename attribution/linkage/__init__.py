"""Which job came of which lead, on files alone: reading, certain links, scores, labels, reasons.

Knows nothing of Django, of the clock or of the network. DuckDB and Splink work on one connection in this process.
"""
