"""Commands: read_page, check_site, export_titan_map and import_titan_map."""
