"""Services of the drift app: read sites, update findings, ask customers, agree on fixes."""
