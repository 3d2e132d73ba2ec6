"""What attribution refuses, each with a sentence for people."""


class StatementError(Exception):
    """The text says what is wrong and what to do."""


class NotClosable(StatementError):
    """The month cannot be closed now."""


class NothingToRestate(StatementError):
    """Nothing is different from what was closed."""


class FiguresMoved(StatementError):
    """The figures are not those that the person looked at."""


class NoSuchPeriod(StatementError):
    """No packet can be made of these months."""


class PacketsOff(StatementError):
    """No new packet is made for the tenant at all."""
