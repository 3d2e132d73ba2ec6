"""Leads and booking requests of visitors. Models only; syncqueue delivers them."""
