"""Facts about ServiceTitan that gates and public sentences depend on, and when people read them last."""
