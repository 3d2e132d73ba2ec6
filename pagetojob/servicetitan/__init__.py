"""ServiceTitan, the one outside party: API client, vault, connections, and the simulator for tests and demos."""
