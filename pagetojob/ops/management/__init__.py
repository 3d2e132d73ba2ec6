"""Commands for people who operate the platform."""
