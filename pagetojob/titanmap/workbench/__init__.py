"""The Titan Map workbench of operators: items, coverage, pages, the capacity tester, and imports."""
