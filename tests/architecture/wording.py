"""Count words and sentence openings that our style guide replaces, per file, and compare them with a baseline.

`python -m tests.architecture.wording` lists today's hits of the files named on the command line, or the totals.
`python -m tests.architecture.wording --lower` rewrites the baseline. It never raises a number.
"""

import ast
import io
import json
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BASELINE = Path(__file__).with_name("wording_baseline.json")

#: Words in prose that have a plainer or a standard term (docs/glossary.md).
WORDS = re.compile(
    r"\b(?:said|says|kept|told|stands?|standing|stood|owed|owes?|owing|nudg\w+|dut(?:y|ies)|shut|anew|beside|whatever|"
    r"(?:some|no)body|meanwhile|faults?(?! injection)|doors?|hand-?offs|hand-off|stand-ins?|e-mails?|cancelled|"
    r"licences?|lies|lay|lying|a moment|of (?:its|our|their) own|rest(?:s|ing)?|looked|looks?(?! ?(?:up|like|for))|"
    r"at hand|by hand|the hand|a hand|tries|(?:a|the|each|one|no|its|every|of) try|(?:the|our|whole) house|"
    r"(?:the|our) books|books balance|(?:saved|stored) in the audit log)\b",
    re.IGNORECASE,
)
#: A sentence that begins as a noun clause instead of saying who does what.
OPENINGS = re.compile(r"(?:^|[.:!?]\s+)(?:What|Of|Whether|One|How|Where|Why) [a-z]", re.MULTILINE)
#: Parts of identifiers that name no thing of the domain.
NAME_PARTS = frozenset(
    [
        "said",
        "says",
        "kept",
        "told",
        "tells",
        "untold",
        "look",
        "looks",
        "looked",
        "standing",
        "owed",
        "owing",
        "hand",
        "tries",
        "house",
        "books",
        "nudge",
        "nudges",
        "duty",
        "duties",
        "shut",
        "anew",
        "beside",
        "whatever",
        "somebody",
        "nobody",
        "fault",
        "faults",
        "door",
        "doors",
        "lies",
        "rests",
        "resting",
        "lesson",
        "lessons",
        "teach",
        "wire",
        "lying",
        "found",
        "one",
        "ones",
        "behind",
        "held",
        "landing",
    ]
)
_SQL = re.compile(r"\b(?:SELECT|UPDATE|INSERT|WHERE)\b")
_SKIPPED = ("bench/", "requirements/", "docs/images/")
_NAMED = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_DOCUMENTED = (ast.Module, *_NAMED)


def counts() -> dict[str, int]:
    """Return the hits of each tracked file that has any."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = {name: len(list(hits(name))) for name in listed.splitlines() if (ROOT / name).is_file()}
    return {name: count for name, count in sorted(found.items()) if count}


def hits(name: str) -> Iterator[str]:
    """Yield each hit of a file, given by its path from the root."""
    if "/migrations/" in name or name.startswith(_SKIPPED):
        return
    if name.endswith(".py"):
        yield from _python_hits((ROOT / name).read_text("utf-8"), tests=name.startswith("tests/"))
    elif name.endswith(".md"):
        yield from _prose_hits(re.sub(r"```.*?```", " ", (ROOT / name).read_text("utf-8"), flags=re.DOTALL))
    elif name.startswith("templates/") or ("/content/" in name and name.endswith(".yaml")):
        yield from _prose_hits(_visible((ROOT / name).read_text("utf-8")))


def _prose_hits(text: str) -> Iterator[str]:
    yield from (match.group() for pattern in (WORDS, OPENINGS) for match in pattern.finditer(text))


def _python_hits(source: str, *, tests: bool) -> Iterator[str]:
    nodes = list(ast.walk(ast.parse(source)))
    yield from (part for node in nodes for part in _parts(_name(node)) if part in NAME_PARTS)
    if tests:
        return
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    for token in tokens:
        if token.type == tokenize.COMMENT:
            yield from _prose_hits(token.string.lstrip("#: "))
    docstrings = set()
    for node in nodes:
        if isinstance(node, _DOCUMENTED) and (docstring := ast.get_docstring(node, clean=False)):
            yield from _prose_hits(docstring)
            docstrings |= set(ast.walk(node.body[0]))
    for node in nodes:
        text = node.value if isinstance(node, ast.Constant) and node not in docstrings else None
        if isinstance(text, str) and _is_prose(text):
            yield from _prose_hits(text)


def _is_prose(text: str) -> bool:
    return text.count(" ") >= 3 and not _SQL.search(text)


def _name(node: ast.AST) -> str:
    """Return the name that a node defines, if any."""
    if isinstance(node, _NAMED):
        return node.name
    if isinstance(node, ast.arg):
        return node.arg
    return node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else ""


@cache
def _parts(name: str) -> list[str]:
    return [part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]


def _visible(template: str) -> str:
    """Return the text of a template without comments, tags and variables."""
    template = re.sub(r"{%\s*comment\s*%}.*?{%\s*endcomment\s*%}|{#.*?#}", " ", template, flags=re.DOTALL)
    return re.sub(r"<[^>]+>|{%.*?%}|{{.*?}}", " ", template, flags=re.DOTALL)


def baseline() -> dict[str, int]:
    """Return the recorded hits per file."""
    recorded: dict[str, int] = json.loads(BASELINE.read_text("utf-8"))
    return recorded


def rises() -> dict[str, tuple[int, int]]:
    """Return the files that have more hits than recorded: (recorded, today)."""
    recorded = baseline()
    return {name: (recorded.get(name, 0), count) for name, count in counts().items() if count > recorded.get(name, 0)}


def main() -> int:
    if "--lower" in sys.argv:
        if risen := rises():
            print(*(f"{name}: {before} -> {after}" for name, (before, after) in risen.items()), sep="\n")
            print("Rewrite these first: the baseline only falls.")
            return 1
        BASELINE.write_text(json.dumps(counts(), indent=0) + "\n", encoding="utf-8")
        return 0
    for name in sys.argv[1:]:
        print(name, *hits(name), sep="\n    ")
    if len(sys.argv) == 1:
        print(sum(counts().values()), "hits")
    return 0


if __name__ == "__main__":
    sys.exit(main())
