"""Public pages of the pack. They only read."""

from .pages import page, page_json

__all__ = ["page", "page_json"]
