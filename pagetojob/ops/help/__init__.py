"""`/help`: the guides for operators, contractors and editors, rendered from docs/, and the page of the intake API."""
