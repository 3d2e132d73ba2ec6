"""Retention: the period of each class of data, legal holds, and the nightly purge of expired rows."""
