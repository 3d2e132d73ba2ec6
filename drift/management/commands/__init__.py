"""Commands: read_page and check_site."""
