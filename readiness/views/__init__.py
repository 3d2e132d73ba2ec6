"""The public pages of the pack. They read, and never act."""

from .pages import page, page_json

__all__ = ["page", "page_json"]
