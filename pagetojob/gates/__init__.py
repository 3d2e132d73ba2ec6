"""Flags and the gates that hold them shut until evidence opens them."""
