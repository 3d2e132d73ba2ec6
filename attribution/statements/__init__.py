"""Sealed months: canonical form, closing, and restatements of later changes."""
