"""Turn an answer into lines that are equal whenever the answer is, and whose kind tells structure from wording.

A line that begins with WORDING is text for people: a text node, or the value of an attribute or JSON string that
people read. Every other line is structure: tags, attributes, JSON keys and values, headings and cells of CSV.
What changes from run to run is replaced by a name in angle brackets, see RANDOM.
"""

import csv
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

WORDING = "| "
#: Attributes that people read or hear.
READ_BY_PEOPLE = frozenset({"alt", "aria-label", "content", "placeholder", "title"})
#: Headers that say nothing new, or only the moment; of two more the value is dropped.
IGNORED_HEADERS = frozenset({"content-length", "date", "server-timing", "x-request-id"})
VALUELESS_HEADERS = {"etag": "<etag>", "last-modified": "<moment>", "expires": "<moment>"}
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
#: What differs between two recordings of the same code, and the name it gets. UUIDs and dates are treated besides.
RANDOM: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"(localhost|127\.0\.0\.1|\[::1\]):\d{4,5}\b", r"\1:<port>"),
        (r"boundary=\"[^\"]+\"", 'boundary="<boundary>"'),
        (r"data:image/[^\"]{200,}", "data:<image>"),
        (r"[\w.%-]+:[0-9A-Za-z]{6}:[\w-]{27,}", "<signed>"),
        (r"'(nonce|sha256)-[^']+'", r"'\1-<hash>'"),
        (r"\bst-ready:[0-9a-f]{16}\b", "<reference>"),
        (r"\bPTJ-[0-9A-Z]{7}\b", "<code>"),
        (r"\b([A-Z2-7]{4} ){7}[A-Z2-7]{4}\b", "<key>"),
        (r"\bsite_[\w-]{5}(?=…|\b)", "site_<key>"),
        (r"\bhidden \([0-9a-f]{6}\)", "hidden (<hex>)"),
        (r"\bRun [0-9a-f]{8}\b", "Run <hex>"),
        (r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\b", "<hex>"),
        (r"(?<=/)[\w-]{43}(?![\w-])", "<token>"),
        (r"(?<![\w./%-])(?=(?:[\w-]*?[A-Z]){3})(?=(?:[\w-]*?[a-z]){3})[\w-]{22}(?![\w-])", "<token>"),
        (r"(?<![\w./%-])(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{20,}={0,2}", "<token>"),
        (r"^\d\d:\d\d$|\b\d\d:\d\d:\d\d\b|\b\d\d:\d\d(?= (?:UTC|[A-Z]{2,3}T)\b)", "<time>"),
        (r"^now$|\b(\d+([.,]\d+)? ?(ms|s|min|h|d)\b ?)+\b", "<duration>"),
        (r"\b(\d+|less than a|an?) (second|minute|hour)s?(?= ago| old|$)", "<age>"),
        (r"^\d{5,}$", "<number>"),
        (r" hero__dot--open\b", ""),  # whether the office of the demo is open at the moment
    )
)
#: Only text with one of these can hold any of it: a digit, a code, a hidden value, a long word, an age.
_SUSPECT = re.compile(r"^now$|\d|PTJ-|site_|hidden \(|\bRun |[\w-]{20}|hero__|\b(?:an?|than a) (?:second|minute|hour)")
UUID = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
#: A date in one of the forms of the product, and a time behind it.
_DAY = re.compile(
    rf"(?:(?P<iso>\d{{4}}-\d\d-\d\d)"
    rf"|(?P<month>{'|'.join(_MONTHS)})[a-z]*\.? (?P<day>\d{{1,2}})(?:,? (?P<year>20\d\d))?"
    rf"|(?P<day2>\d{{1,2}}) (?P<month2>{'|'.join(_MONTHS)})[a-z]*\.?,? (?P<year2>\d{{4}}))"
    r"(?P<gap>T|,? (?:at )?)?"
    r"(?P<time>(?:\d{1,2}:\d\d(?::\d\d)?(?:\.\d+)?(?: ?[ap]\.?m\.?)?|\d{1,2} [ap]\.?m\.?|noon|midnight)"
    r"(?:Z|[+-]\d\d:?\d\d)?)?"
)
#: Dates this near to the recording are those of the recording; others belong to the demo data and are kept.
NEAR = timedelta(days=3)
#: Pages that show the hours of the last day: of their lines each is kept once, without its numbers.
HOURLY = ("GET /ops/charts/ ", "GET /ops/inbox/ ")


class Normalizer:
    """Normalizes one answer; ids are numbered in the order in which they appear in it."""

    def __init__(self, today: date | None = None) -> None:
        self.today = today or datetime.now(UTC).date()
        self._ids: dict[str, int] = {}

    def text(self, text: str) -> str:
        """Return `text` without what is random or of the moment."""
        if not _SUSPECT.search(text):
            return text
        text = UUID.sub(lambda found: f"<uuid {self._ids.setdefault(found[0], len(self._ids) + 1)}>", text)
        text = _DAY.sub(self._day, text)
        for pattern, name in RANDOM:
            text = pattern.sub(name, text)
        return text

    def _day(self, found: re.Match[str]) -> str:
        """Name a date near to the recording, and the time of day behind any date."""
        whole, gap, time = found[0], found["gap"] or "", found["time"] or ""
        shown = whole.removesuffix(gap + time)
        try:
            if found["iso"]:
                day = date.fromisoformat(found["iso"])
            else:
                month = _MONTHS.index(found["month"] or found["month2"]) + 1
                year = int(found["year"] or found["year2"] or self.today.year)
                day = date(year, month, int(found["day"] or found["day2"]))
        except ValueError:
            return whole
        return ("<day>" if abs(day - self.today) <= NEAR else shown) + gap + ("<time>" if time else "")

    def headers(self, headers: list[tuple[str, str]]) -> list[str]:
        """Return the headers that matter, sorted; of a cookie its name and attributes."""
        kept = []
        for name, value in headers:
            lower = name.lower()
            if lower == "set-cookie":
                cookie = re.sub(r"=[^;]*", "=<value>", value, count=1)
                kept.append("set-cookie: " + re.sub(r"(?i)expires=[^;]*", "expires=<moment>", cookie))
            elif lower not in IGNORED_HEADERS:
                kept.append(f"{lower}: {VALUELESS_HEADERS.get(lower) or self.text(value)}")
        return sorted(kept)

    def body(self, content_type: str, body: bytes) -> list[str]:
        """Return the lines of a body."""
        kind = "metrics" if "version=0.0.4" in content_type else content_type.partition(";")[0].strip().lower()
        for name, lines in _KINDS:
            if kind.endswith(name):
                return list(lines(self, body))
        return [f"#{kind or 'no type'} {'with a body' if body else 'empty'}"]

    @staticmethod
    def hourly(lines: list[str]) -> list[str]:
        """The distinct lines of a page of HOURLY."""
        return sorted({re.sub(r"\d+([.,]\d+)*", "<number>", line) for line in lines})

    def html(self, body: bytes) -> Iterator[str]:
        """One element, attribute for people, or text a line."""
        parser = _HTML(self)
        parser.feed(body.decode(errors="replace"))
        parser.close()
        return iter(parser.lines)

    def json(self, body: bytes) -> Iterator[str]:
        """One key or value a line, with its path."""
        try:
            return self.value("$", json.loads(body))
        except ValueError:
            return self.plain(body)

    def value(self, path: str, value: Any) -> Iterator[str]:
        """The lines of one JSON value."""
        if isinstance(value, dict):
            yield f"{path} {{}}"
            for key in sorted(value):
                yield from self.value(f"{path}.{self.text(str(key))}", value[key])
        elif isinstance(value, list):
            yield f"{path} [{len(value)}]"
            for item in value:
                yield from self.value(f"{path}[]", item)
        elif isinstance(value, str):
            yield from self.cell(path, value)
        elif path.endswith(("seconds", "_ms", "bytes", "size")):
            yield f"{path} = <number>"
        else:
            yield f"{path} = {json.dumps(value)}"

    def cell(self, path: str, value: str) -> Iterator[str]:
        """A value: wording when it has a space between letters, else structure."""
        text = self.text(value)
        if re.search(r"[^\W\d_] [^\W\d_]", text):
            yield f"{path} ="
            yield from (f"{WORDING}{line}" for line in text.splitlines())
        else:
            yield f"{path} = {text!r}"

    def csv(self, body: bytes) -> Iterator[str]:
        """The headings, then one cell a line under its heading."""
        rows = csv.reader(io.StringIO(body.decode("utf-8-sig", errors="replace")))
        headings = next(rows, [])
        yield f"#headings {json.dumps(headings, ensure_ascii=False)}"
        for row in rows:
            yield "#row"
            for heading, cell in zip(headings, row, strict=False):
                yield from self.cell(heading, cell)

    def plain(self, body: bytes) -> Iterator[str]:
        """Every line as wording; a line that is a JSON object as its keys and values."""
        for line in body.decode(errors="replace").splitlines():
            if line.startswith("{") and line.endswith("}"):
                yield from self.json(line.encode())
            elif line.strip():
                yield f"{WORDING}{self.text(line.strip())}"

    def metrics(self, body: bytes) -> Iterator[str]:
        """The names and labels of a Prometheus page, without their values; sorted, as order means nothing."""
        for line in sorted(body.decode().splitlines()):
            name, _, labels = line.rpartition(" ")[0].partition("{")
            ordered = ",".join(sorted(labels.removesuffix("}").split(",")))
            yield f"{WORDING}{line}" if line.startswith("# HELP") else self.text(f"{name}{{{ordered}}}")

    def archive(self, body: bytes) -> Iterator[str]:
        """The members of a ZIP file by name, each as its own kind."""
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for name in sorted(archive.namelist()):
                yield f"#member {self.text(name)}"
                yield from self.body(f"member/{name.rpartition('.')[2]}", archive.read(name))


type _Lines = Callable[[Normalizer, bytes], Iterator[str]]
#: End of a content type to how it is read; the first that fits counts.
_KINDS: tuple[tuple[str, _Lines], ...] = (
    ("html", Normalizer.html),
    ("xml", Normalizer.html),
    ("svg", Normalizer.html),
    ("json", Normalizer.json),
    ("csv", Normalizer.csv),
    ("zip", Normalizer.archive),
    ("metrics", Normalizer.metrics),
    ("txt", Normalizer.plain),
    ("md", Normalizer.plain),
    ("javascript", Normalizer.plain),
    ("text/plain", Normalizer.plain),
)


class _HTML(HTMLParser):
    """Collects the lines of a page."""

    def __init__(self, normalizer: Normalizer) -> None:
        super().__init__()
        self.normalizer = normalizer
        self.lines: list[str] = []
        self._raw = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if attributes.get("name") == "csrfmiddlewaretoken":
            attributes["value"] = "<csrf>"
        if "nonce" in attributes:
            attributes["nonce"] = "<nonce>"
        read = {name: value for name, value in attributes.items() if name in READ_BY_PEOPLE}
        shown = "".join(
            f' {name}="{value if name == "d" else self.normalizer.text(value)}"'
            for name, value in sorted(attributes.items())
            if name not in READ_BY_PEOPLE
        )
        self.lines.append(f"<{tag}{shown}>")
        for name, value in sorted(read.items()):
            self.lines += [f"@{name}", f"{WORDING}{self.normalizer.text(' '.join(value.split()))}"]
        self._raw = tag if tag in {"script", "style"} else self._raw

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.lines.append(f"</{tag}>")
        self._raw = ""

    def handle_data(self, data: str) -> None:
        text = self.normalizer.text(" ".join(data.split()))
        if text and self._raw:
            self.lines.append(f"#{self._raw} {hashlib.sha256(text.encode()).hexdigest()[:12]}")
        elif text:
            self.lines.append(f"{WORDING}{text}")
