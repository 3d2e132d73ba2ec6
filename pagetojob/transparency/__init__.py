"""Append-only log of hashes that outsiders can check without trusting this server (C2SP tlog-tiles)."""
