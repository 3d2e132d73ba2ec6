"""The proof kit of the webhook inbox: cases, posts to a running server, and a table sealed with the code version."""
