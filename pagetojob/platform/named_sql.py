"""Reads SQL files whose parts have names: a part begins with `-- name: …`.

Other comment lines are for readers: they are not sent to the server.
"""

import re
from importlib.resources import files

_PART = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"^\s*(--.*)?\n", re.MULTILINE)


def parts(package: str, file: str) -> dict[str, str]:
    """Return the parts of `file`.sql in `package` by name, in order."""
    text = (files(package) / f"{file}.sql").read_text(encoding="utf-8")
    return {name: _COMMENT.sub("", body).strip() for name, body in _PART.findall(text)}
