"""Steps that take a contractor from a name to a public website. Each is also a settings page later."""
