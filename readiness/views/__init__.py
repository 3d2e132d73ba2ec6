"""Public pages of the pack. They only read."""

from .pages import page, page_json, page_text

__all__ = ["page", "page_json", "page_text"]
