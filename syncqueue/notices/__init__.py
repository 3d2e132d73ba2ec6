"""Notices about requests to each recipient of a business, escalation, bounces and the digest of suspected requests."""
