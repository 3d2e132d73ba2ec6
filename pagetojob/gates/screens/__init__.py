"""Features and their gates as operators work them: what is on, what is missing, evidence, the kill switch."""
