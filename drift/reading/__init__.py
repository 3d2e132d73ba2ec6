"""A page in, its facts out: pure, like everything in here."""
