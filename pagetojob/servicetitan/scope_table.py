"""The scope table of a partner application, generated from the flags and from the calls of the client. No I/O.

`python -m pagetojob.servicetitan.scope_table` prints docs/reference/scopes.md.
"""

import sys
from dataclasses import dataclass

from pagetojob.gates.registry import FLAGS
from pagetojob.gates.scopes import SCOPES, ScopeDefinition

from .client import resources
from .client.resources import TAXONOMY, TAXONOMY_FEEDS, Resource
from .client.responses import Call

_PAGE = """# Scopes

The scopes that the PageToJob app asks for, for the partner application. ServiceTitan has granted none of them. A call
outside the scopes of its feature is refused before anything is sent. This command writes the page from the code, and a
test checks that it is current:

```sh
.venv/bin/python -m pagetojob.servicetitan.scope_table > docs/reference/scopes.md
```

| scope | access | family | fields | required by | used where granted by | retention | owner |
| --- | --- | --- | --- | --- | --- | --- | --- |
{table}

The client knows calls with these scopes. No feature may make them, so the app does not ask for them:

{unused}
"""


@dataclass(frozen=True)
class ScopeLine:
    """A scope that the app asks for: what it is for, and the features that require it or use it where granted."""

    scope: str
    definition: ScopeDefinition
    required_by: tuple[str, ...]
    optional_for: tuple[str, ...]

    @property
    def access(self) -> str:
        return "write" if self.definition.writes(self.scope) else "read"


def scope_lines() -> list[ScopeLine]:
    """Return the scopes that features need, in the order of their definitions."""
    return [
        ScopeLine(
            scope,
            definition,
            tuple(flag.title for flag in FLAGS.values() if scope in flag.least_scopes),
            tuple(flag.title for flag in FLAGS.values() if scope in flag.optional_scopes),
        )
        for scope, definition in SCOPES.items()
    ]


def all_calls() -> list[Call]:
    """Return every call that the client can make."""
    defined = (*vars(resources).values(), *TAXONOMY.values(), *TAXONOMY_FEEDS.values())
    calls = [thing.call if isinstance(thing, Resource) else thing for thing in defined]
    return list(dict.fromkeys(call for call in calls if isinstance(call, Call)))


def scopes_without_a_feature() -> list[str]:
    """Return the scopes of calls that the client can build but that no feature may make."""
    return sorted({call.scope for call in all_calls()} - SCOPES.keys())


def document() -> str:
    """Return the table as Markdown."""
    lines = []
    for line in scope_lines():
        definition = line.definition
        cells = (
            f"`{line.scope}`",
            line.access,
            definition.family,
            ", ".join(definition.fields),
            _named(line.required_by),
            _named(line.optional_for),
            definition.retention,
            definition.owner,
        )
        lines.append(f"| {' | '.join(cells)} |")
    unused = "\n".join(f"- `{scope}`" for scope in scopes_without_a_feature())
    return _PAGE.format(table="\n".join(lines), unused=unused)


def _named(features: tuple[str, ...]) -> str:
    return ", ".join(f"`{feature}`" for feature in features) or "none"


if __name__ == "__main__":
    sys.stdout.write(document())
