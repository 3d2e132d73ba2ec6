"""Local copy of what the API lists for a connection, and the position of each reading. Read page by page."""
