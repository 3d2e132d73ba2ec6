"""Titan Map: what the shop sells, where it sells it, and which page covers each item."""
