"""Proof of the webhook inbox: test cases, posts to a running server, and results sealed with the code version."""
