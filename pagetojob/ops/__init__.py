"""The layer above all apps: home, accounts, health, demo data, the dispatcher."""
