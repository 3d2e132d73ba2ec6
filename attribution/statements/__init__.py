"""The sealed month: its canonical form, what later facts change, and who closed it."""
