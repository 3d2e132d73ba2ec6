"""Errors of statements and packets, each with a text for users."""


class StatementError(Exception):
    """Base class. The text explains the problem and what to do."""


class NotClosable(StatementError):
    """The month cannot be closed now."""


class NothingToRestate(StatementError):
    """Nothing has changed since the month was closed."""


class FiguresMoved(StatementError):
    """The figures are no longer those that the user saw."""


class NoSuchPeriod(StatementError):
    """A packet cannot be made of these months."""


class PacketsOff(StatementError):
    """The tenant cannot request new packets."""
