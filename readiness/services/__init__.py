"""What changes the pack apart from the admin: the loader."""

from .content import CONTENT_FOLDER
from .load import Loaded, load_pack

__all__ = ["CONTENT_FOLDER", "Loaded", "load_pack"]
