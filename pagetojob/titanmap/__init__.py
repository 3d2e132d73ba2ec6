"""The Titan Map: what the shop sells and where, and which page speaks of it."""
