"""Proof packets: what is handed over about a campaign and closed months, made of what is sealed and nothing else."""
