"""Read a page and return its facts. Pure, like every module in this package."""
