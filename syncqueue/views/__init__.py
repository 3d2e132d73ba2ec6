"""Views: the visitors' forms and the operations pages."""
