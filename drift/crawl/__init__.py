"""Being polite on somebody's website: where it ends, what it allows, and where its pages lead. Pure."""
