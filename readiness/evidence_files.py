"""Evidence files: the signed result of a run of checks, as a signed note (C2SP) whose text is JSON. Pure.

The place that ran the checks signs with its own key. A reader needs only the place's public key.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from pagetojob.platform import strict_json
from pagetojob.transparency.signing import Signer, note
from pagetojob.transparency.verify import Invalid, Key, read_note, signed_by

SCHEMA = "pagetojob.evidence/1"
SUFFIX = ".note"
MOST_BYTES = 1_000_000
PASSED, FAILED, NOT_RUN = "passed", "failed", "not run"
#: Clocks of two machines may differ by this much.
CLOCK_SKEW = timedelta(minutes=5)
_HEX40, _HEX64 = re.compile(r"[0-9a-f]{40}"), re.compile(r"[0-9a-f]{64}")
_KEYS = {"schema", "commit", "tree", "tools", "started_at", "finished_at", "results"}


class EvidenceFileRefused(ValueError):
    """Raised for a file that is not evidence of a run; the message states why."""


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a check: `passed` only if each of its tests ran and passed."""

    check: str
    outcome: str
    tests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A run of checks: the commit and the digest of the tested files, the tools, the time, and the results."""

    commit: str
    tree: str
    tools: Mapping[str, str]
    started_at: datetime
    finished_at: datetime
    results: Sequence[Result]

    def signed(self, signer: Signer) -> str:
        """Return the file, signed by the place that ran the checks."""
        moments = {name: getattr(self, name).isoformat(timespec="seconds") for name in ("started_at", "finished_at")}
        facts = {"schema": SCHEMA, **asdict(self), **moments}
        text = json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        return note(text, [signer.sign(text)])


@dataclass(frozen=True, slots=True)
class Signed:
    """An evidence file with its place. `key` is None if no key that we know signed it."""

    file: EvidenceFile
    place: str
    key: Key | None
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def read(text: str, keys: Sequence[Key], *, now: datetime) -> Signed:
    """Return the file and who signed it. Raises EvidenceFileRefused, also for a forged signature of a known place."""
    if len(text) > MOST_BYTES:
        raise EvidenceFileRefused("is larger than 1 MB")
    try:
        signed = read_note(text)
        known = signed_by(signed, keys)
    except Invalid as problem:
        raise EvidenceFileRefused(f"has no valid signature: {problem}") from problem
    try:
        file = _file(strict_json.loads(signed.text.encode()))
    except (strict_json.BadJson, KeyError, TypeError, AttributeError) as problem:
        raise EvidenceFileRefused(f"has the wrong form: {problem}") from problem
    # Only the text is signed, so anyone can add a line: a second one would name another place, and make another file.
    _require(len(signed.signatures) == 1, "has more than one signature")
    if file.finished_at > now + CLOCK_SKEW:
        raise EvidenceFileRefused("is dated in the future")
    return Signed(file, signed.signatures[0][0], known[0] if known else None, text)


def _file(facts: dict[str, Any]) -> EvidenceFile:
    _require(set(facts) == _KEYS and facts["schema"] == SCHEMA, f"is not {SCHEMA}")
    _require(bool(_HEX40.fullmatch(facts["commit"]) and _HEX64.fullmatch(facts["tree"])), "names no commit and digest")
    _require(_texts(facts["tools"]), "does not name its tools")
    started, finished = _moment(facts["started_at"]), _moment(facts["finished_at"])
    _require(started <= finished, "ended before it began")
    results = [Result(row["check"], row["outcome"], row["tests"]) for row in facts["results"]]
    for result in results:
        _require(isinstance(result.check, str) and _texts(result.tests), "has a result without tests")
        _require(result.outcome == outcome(result.tests.values()), f"misstates the outcome of {result.check}")
    _require(len({result.check for result in results}) == len(results) > 0, "has no results or repeats one")
    return EvidenceFile(facts["commit"], facts["tree"], facts["tools"], started, finished, results)


def outcome(tests: Iterable[str]) -> str:
    """Return the outcome of a check from those of its tests. A test that was skipped proves nothing."""
    outcomes = set(tests)
    if outcomes == {PASSED}:
        return PASSED
    return FAILED if FAILED in outcomes else NOT_RUN


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        raise EvidenceFileRefused("has a time that cannot be read") from problem
    _require(moment.tzinfo is not None, "has a time without a time zone")
    return moment


def _texts(value: object) -> bool:
    return isinstance(value, dict) and bool(value) and all(isinstance(text, str) for text in value.values())


def _require(met: bool, problem: str) -> None:
    if not met:
        raise EvidenceFileRefused(problem)
