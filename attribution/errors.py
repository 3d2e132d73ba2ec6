"""Errors that stop a person's action. The text is shown to them: it explains the problem and what to do."""


class AttributionError(Exception):
    """The action is not possible in the current state."""


class StatementError(AttributionError):
    """A month cannot be closed or restated, or a packet cannot be made, now."""


class NotClosable(StatementError):
    """The month cannot be closed now."""


class NothingToRestate(StatementError):
    """Nothing has changed since the month was closed."""


class FiguresMoved(StatementError):
    """The figures are no longer those that the person saw."""


class NoSuchPeriod(StatementError):
    """A packet cannot be made of these months."""


class PacketsOff(StatementError):
    """The tenant cannot request new packets."""
