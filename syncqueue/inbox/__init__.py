"""The pure parts of the webhook inbox: what an answer means, whether a request is signed, what an event says."""
