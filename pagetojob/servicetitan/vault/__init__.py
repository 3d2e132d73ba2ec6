"""Connections and their secrets: the only code that seals and unseals."""
