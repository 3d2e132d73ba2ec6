"""Services for outcomes and links: import files, write links, record decisions. Each uses one transaction."""
