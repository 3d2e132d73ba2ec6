"""The peer: a bare Django view that makes the same inserts as our intake, and nothing else."""
