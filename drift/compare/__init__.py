"""The Titan Map against the facts of pages: pure, like everything in here."""
