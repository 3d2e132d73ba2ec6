"""Sandbox validation: the cases of the protocol, the requests of a run, and its sealed results."""
