"""Services: capture leads, deliver items, operate the queue."""
