"""The operators' Titan Map workbench: items, coverage, pages, the capacity tester, and imports."""
