"""Errors of the drift app."""


class DriftRefused(Exception):
    """An action that is not allowed. The message gives the reason and the next step."""
