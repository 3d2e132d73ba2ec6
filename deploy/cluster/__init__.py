"""A cluster of containers that shows what the loss of each machine does (docs/how-to/cluster.md)."""
