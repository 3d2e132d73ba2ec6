"""Services that change the pack outside the admin: the loader and the publishing of versions."""

from .content import CONTENT_FOLDER
from .load import Loaded, load_pack
from .versions import publish

__all__ = ["CONTENT_FOLDER", "Loaded", "load_pack", "publish"]
