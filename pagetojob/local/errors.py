"""The one error this package raises on purpose."""


class LocalError(RuntimeError):
    """Something here cannot go on; its text is a sentence that says what to do."""


class PortTaken(LocalError):
    """A server died because another program already listens on its port."""


class PassingTrouble(LocalError):
    """A server died of something that ends by itself; trying again soon is right."""
