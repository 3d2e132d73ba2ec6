"""Errors raised by this package."""


class LocalError(RuntimeError):
    """Raised when this package cannot continue; the message explains what to do."""


class PortTaken(LocalError):
    """Raised when a server ended because another program already listens on its port."""


class TransientServerError(LocalError):
    """Raised when a server ended because of a temporary problem; retry soon."""
