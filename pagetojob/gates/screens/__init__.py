"""Pages for features and their gates: flags, missing evidence, evidence records and the kill switch."""
