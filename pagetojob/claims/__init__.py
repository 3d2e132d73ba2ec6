"""Gated public claims, required disclaimers, and the claim guard that finds overclaims in text."""
