"""Retention: the period of each class of data, legal holds, the nightly purge, and requests of data subjects."""
