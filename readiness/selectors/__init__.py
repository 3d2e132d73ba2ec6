"""Read queries over versions of the pack: listing, differences and search."""
