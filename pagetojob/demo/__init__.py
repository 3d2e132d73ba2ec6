"""Demo tenants: their data, the demo switch, the walk-through and the drills."""
