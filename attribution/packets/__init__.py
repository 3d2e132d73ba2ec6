"""Proof packets about a campaign and closed months, made of sealed data only."""
