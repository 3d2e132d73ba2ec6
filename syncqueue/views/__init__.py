"""What the web shows: the visitors' forms and the operators' desk."""
