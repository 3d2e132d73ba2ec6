"""The pure parts of the webhook inbox: answers, signature verification, and event parsing."""
