"""The peer of a page: a view that answers constant bytes, behind the product's own middleware, on the same server."""
