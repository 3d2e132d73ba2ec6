"""Labeled texts of the claim guard, and the fit of its word weights.

One text of `c.jsonl` begins like an open task in a code comment. It is a sample of a text, not a task.
"""
