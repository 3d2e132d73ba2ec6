"""Brings a new contractor live: lifecycle, setup steps, domains and launch checks."""
