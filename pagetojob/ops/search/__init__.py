"""Search over everything that a person of operations may see, as a page and as a command palette."""
