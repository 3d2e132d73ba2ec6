"""Rules, one module for each part of the map. They take an index and facts, and return verdicts. Pure."""
