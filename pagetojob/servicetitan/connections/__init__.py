"""Connections as people see them: their life, what is kept, each move with its reason, their end and its receipt."""
