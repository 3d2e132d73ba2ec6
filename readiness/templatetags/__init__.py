"""What the templates of the pack ask for."""
