"""Compare two recordings: `python -m tests.golden.compare BASE NEW [--wording FILE]`.

Routes, statuses, headers and structure must be equal: the exit status is 1 otherwise. Wording may change: it is
listed, and written to FILE as pairs of an old and a new line.
"""

import argparse
import difflib
import functools
import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.golden.normalize import WORDING

RECORDING = "recording.jsonl.gz"
#: So many examples are printed of a difference that many answers share.
EXAMPLES = 3
#: So many characters of a change of structure are printed.
LONGEST = 300
ATTRIBUTE = re.compile(r' (?P<name>[\w-]+)="(?P<value>[^"]*)"')
#: Attributes that people read, besides those that the recording sets apart.
READABLE = frozenset({"data-filter-title", "data-label", "data-title", "label"})
#: Of a button or a text field, also its value.
TYPED = frozenset({"value"})
TYPED_INTO = re.compile(r'^<input .*type="(?:submit|text)"')


@dataclass(frozen=True)
class Answer:
    """What was recorded under one key: a request as a role, a command or a mail."""

    key: str
    status: int
    headers: tuple[str, ...]
    body: tuple[str, ...]


type Recording = dict[str, Answer]
type Change = tuple[str, str]


def write(folder: Path, answers: Iterable[Answer]) -> int:
    """Write a recording; a body that was there before is written as the key that had it first. Return its length."""
    first: dict[tuple[str, ...], str] = {}
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    part = folder / f"{RECORDING}.part"
    with part.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as file:
        for answer in answers:
            count += 1
            known = first.setdefault(answer.body, answer.key)
            body: object = answer.body if known == answer.key else {"like": known}
            facts = {"key": answer.key, "status": answer.status, "headers": answer.headers, "body": body}
            file.write(json.dumps(facts, ensure_ascii=False).encode() + b"\n")
    part.replace(folder / RECORDING)
    return count


def read(folder: Path, renamed: Iterable[tuple[str, str]] = ()) -> Recording:
    """Read a recording from its folder, with the old names of `renamed` replaced by the new ones everywhere."""
    found: Recording = {}
    with gzip.open(folder / RECORDING, "rt", encoding="utf-8") as lines:
        for line in lines:
            facts = json.loads(functools.reduce(lambda text, names: text.replace(names[0], names[1]), renamed, line))
            body = facts["body"]
            body = found[body["like"]].body if isinstance(body, dict) else tuple(_texts_apart(body))
            found[facts["key"]] = Answer(facts["key"], facts["status"], tuple(facts["headers"]), body)
    return found


def _texts_apart(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines, with attributes that people read on lines of their own, as wording."""
    for line in lines:
        if not line.startswith("<"):
            yield line
            continue
        names = READABLE | (TYPED if TYPED_INTO.search(line) else frozenset())
        attributes = [match for match in ATTRIBUTE.finditer(line) if match["name"] in names]
        yield functools.reduce(lambda tag, match: tag.replace(match[0], f" {match['name']}", 1), attributes, line)
        yield from (f"{WORDING}{match['value']}" for match in attributes)


@dataclass
class Differences:
    """What differs between two recordings: each difference with the keys that have it."""

    errors: dict[str, dict[str, None]] = field(default_factory=dict)
    wording: Counter[Change] = field(default_factory=Counter)

    def error(self, what: str, key: str) -> None:
        """Note one error of one answer."""
        self.errors.setdefault(what, {})[key] = None

    def lines(self) -> Iterator[str]:
        """The report, errors first."""
        for what, keys in self.errors.items():
            more = f" and {len(keys) - EXAMPLES} more" if len(keys) > EXAMPLES else ""
            yield f"ERROR {what}"
            yield f"      in {', '.join(list(keys)[:EXAMPLES])}{more}"
        for (old, new), count in self.wording.most_common():
            yield f"wording, {count} times: {old or '(nothing)'} -> {new or '(nothing)'}"
        yield f"{len(self.errors)} errors, {len(self.wording)} changes of wording."


def compare(base: Recording, new: Recording) -> Differences:
    """Compare two recordings."""
    found = Differences()
    for what, keys in (("removed", base.keys() - new.keys()), ("added", new.keys() - base.keys())):
        for key in sorted(keys):
            found.error(f"{what}: {key.partition(' as ')[0]}", key)
    for key in sorted(base.keys() & new.keys()):
        _compare_answers(base[key], new[key], found)
    return found


def _compare_answers(base: Answer, new: Answer, found: Differences) -> None:
    if base.status != new.status:
        found.error(f"status {base.status} -> {new.status}", base.key)
    if base.headers != new.headers:
        before, after = set(base.headers) - set(new.headers), set(new.headers) - set(base.headers)
        found.error(f"headers {sorted(before)} -> {sorted(after)}", base.key)
    if base.status == new.status and base.body != new.body:
        structure, wording = _changes(base.body, new.body)
        for what in structure:
            found.error(what, base.key)
        found.wording.update(wording)


@functools.cache
def _changes(base: tuple[str, ...], new: tuple[str, ...]) -> tuple[list[str], list[Change]]:
    """The changes of structure and of wording between two bodies. Many roles get the same two."""
    structure: list[str] = []
    wording: list[Change] = []
    matcher = difflib.SequenceMatcher(None, base, new, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        before, after = base[start:end], new[new_start:new_end]
        old, other = (" ".join(line for line in lines if not line.startswith(WORDING)) for lines in (before, after))
        if old != other:
            structure.append(f"structure {old[:LONGEST] or '(nothing)'} -> {other[:LONGEST] or '(nothing)'}")
        wording += _pairs(_texts(before), _texts(after))
    return structure, wording


def _texts(lines: Sequence[str]) -> list[str]:
    return [line.removeprefix(WORDING) for line in lines if line.startswith(WORDING)]


def _pairs(old: list[str], new: list[str]) -> Iterator[Change]:
    """Pair the lines of a change in order; what one side has more of stands alone."""
    longest = max(len(old), len(new))
    for before, after in zip(old + [""] * (longest - len(old)), new + [""] * (longest - len(new)), strict=True):
        if before != after:
            yield before, after


def main(arguments: Sequence[str] | None = None) -> int:
    """Print how two recordings differ; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden.compare", description=__doc__)
    parser.add_argument("base", type=Path, help="The folder of the older recording.")
    parser.add_argument("new", type=Path, help="The folder of the newer one.")
    parser.add_argument("--wording", type=Path, metavar="FILE", help="Write changes of wording there.")
    parser.add_argument(
        "--renamed", nargs=2, action="append", default=[], metavar=("OLD", "NEW"), help="Expect NEW where BASE has OLD."
    )
    options = parser.parse_args(arguments)
    found = compare(read(options.base, options.renamed), read(options.new))
    for line in found.lines():
        print(line)
    if options.wording:
        options.wording.write_text("".join(f"{old} -> {new}\n" for old, new in sorted(found.wording)), encoding="utf-8")
    return 1 if found.errors else 0


if __name__ == "__main__":
    sys.exit(main())
