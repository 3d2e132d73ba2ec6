"""Score the reader and the comparison on labeled pages of real websites, which are not part of the repository."""
