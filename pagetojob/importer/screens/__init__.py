"""Screens of an import, shared by all apps: upload a file, match its columns, preview, approve, undo."""
