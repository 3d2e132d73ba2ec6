"""Compare the facts of pages with the Titan Map. Pure, like every module in this package."""
