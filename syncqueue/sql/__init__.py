"""Loads the named SQL of this folder.

Each file holds parts that begin with `-- name: …`. `{name}` in a part inserts an earlier part of the same file.
Comments are for readers: they are not sent to the server.
"""

import re
from importlib.resources import files

_PART = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"^\s*(--.*)?\n", re.MULTILINE)


def load(file: str, **parts: str) -> dict[str, str]:
    """Return the parts of `file`.sql by name. `parts` are further texts that it can insert."""
    text = (files(__package__) / f"{file}.sql").read_text(encoding="utf-8")
    for name, body in _PART.findall(text):
        parts[name] = _COMMENT.sub("", body).strip().format_map(parts)
    return parts
