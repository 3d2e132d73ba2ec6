"""What readers ask of the versions of the pack: which there are, what changed, where a word stands."""
