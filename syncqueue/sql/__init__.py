"""Loads the named SQL of this folder. `{name}` in a part inserts an earlier part of the same file."""

from pagetojob.platform import named_sql


def load(file: str, **parts: str) -> dict[str, str]:
    """Return the parts of `file`.sql by name. `parts` are further texts that it can insert."""
    for name, body in named_sql.parts(__package__, file).items():
        parts[name] = body.format_map(parts)
    return parts
