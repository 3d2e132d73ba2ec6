"""Errors of the queue, with a message for the person who asked."""


class QueueError(Exception):
    """A request by a person that cannot be granted now. The message states the reason and what to do."""
