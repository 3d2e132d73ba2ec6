"""Tables of the pack."""
