"""Polite crawling: the bounds of a site, its robots.txt, and its links. Pure."""
