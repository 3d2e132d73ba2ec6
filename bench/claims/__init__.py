"""Labeled texts of the claim guard, and the fit of its word weights."""
