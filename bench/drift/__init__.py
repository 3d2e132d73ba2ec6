"""`make bench-drift`: pages in the habits of five site builders, with labels from what was written into them."""
