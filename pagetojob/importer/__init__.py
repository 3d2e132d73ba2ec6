"""Tabular files in: reading, columns, refusals and review are pure; uploads, staged rows and their runs are rows."""
