"""Operators' pages of attribution: each view checks permission, calls one function and renders a page."""
