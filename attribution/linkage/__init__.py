"""Links leads to jobs, working on files only: reading, certain links, scores, labels, reasons.

Independent of Django, the clock and the network. DuckDB and Splink share one connection in this process.
"""
