"""`make bench-scale`: what more worker processes, contractors and connections cost, and what a request costs."""
