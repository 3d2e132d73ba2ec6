"""Extract office hours, one fact per day: `mon 08:00-17:00`, `sun closed`. Pure."""

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile

from .blocks import Page
from .facts import PLAIN, Fact, Kind
from .vocabulary import topic

_WORDS = topic("hours")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPANS = {"weekdays": DAYS[:5], "weekends": DAYS[5:], "all": DAYS}
CLOSED, WHOLE_DAY = "closed", "00:00-24:00"
_NO_TIMES = ("", CLOSED, WHOLE_DAY)
#: Names of days, and codes such as "Mo-Fr 08:00" and "M-F 8-5".
_CODE = r"(?-i:M|Mo|Tu|We|Th|Fr?|Sa|Su)\b"
_DAY = (
    r"((?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?\b\.?"
    rf"|{_CODE}(?=\s?[-,:]?\s?(?:\d|closed|sat|{_CODE})))"
)
_DAYS = re.compile(
    rf"\b(?:{_DAY}(?:\s{{0,2}}(?:-|to|through|thru|until)\s{{0,2}}{_DAY})?"
    r"|(?P<weekdays>week\s?days?)|(?P<weekends>week\s?ends?)|(?P<all>7 days(?: "
    r"a| per)? week|seven days a week|every\s?day|daily))",
    re.IGNORECASE,
)
_CLOCK = r"(\d{1,2})(?:[:.](\d\d))?\s{0,2}(a\.?\s?m\b\.?|p\.?\s?m\b\.?|a\b|p\b)?"
_TIMES = re.compile(
    rf"\b{_CLOCK}\s{{0,2}}(?:-|to|until|'?till?|through|thru|and (?:we )?closes? at|(?<=[m.] )\|)\s{{0,2}}{_CLOCK}",
    re.IGNORECASE,
)
#: "8-5, closed for lunch 12-1"
_LUNCH = re.compile(rf"(?i)\W{{0,3}}(?:closed )?(?:for |at )?lunch\W{{0,3}}(?:from )?(?P<hours>{_TIMES.pattern})")
_NOON = re.compile(r"\bnoon\b|\bmidnight\b", re.IGNORECASE)
_ALWAYS = re.compile(r"\b(?:open )?24\s?(?:hours?|hrs?)\b|\b24\s?/\s?7\b|\b24 hours\b|\ball day\b", re.IGNORECASE)
_CLOSED = re.compile(r"\bclosed\b", re.IGNORECASE)
#: "Open 8-5, we close Sundays": the hours before are of other days.
_CLOSES = re.compile(r"\bclosed?(?: on)?\s*$", re.IGNORECASE)
_OPENS = re.compile(r"\b(?:hours|open|office)\b(?!\s(?:of|per))", re.IGNORECASE)
#: "Available 24 hours a day, 7 days a week" is a promise, not the office's hours.
_ANSWERS = re.compile(r"\b(?:available|service|emergenc\w+|calls?|answer\w*|here for you)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<![ap]\.m)(?<!\b[ap])\.\s+(?=[A-Z])")
_JOINT = re.compile(r"\s{0,2}(?:,|&|and|/|\+|,\s?and)\s{0,2}")
#: A sentence of more words names times by more than bare numbers, or contains a word for opening.
_LONGEST_BARE = 9
_MARKED = re.compile(r"\d\s?[ap]\.?m?\b|\d:\d\d|noon|midnight|o'clock|24|closed", re.IGNORECASE)
#: The reach of a day, in characters.
_FAR = 60
#: The reach of the name of a season before days: "During June to August (weather permitting) our office opens".
_LONGEST_SEASON = 120


def hours(page: Page) -> Iterator[Fact]:
    """Yield a fact for each day with printed hours."""
    # A row is read as a whole, so that its quote has the day and the hours.
    in_rows = {row.element for row in page.rows}
    for block in [*(block for block in page.blocks if block.element.up("tr") not in in_rows), *page.rows]:
        if block.tag not in ("title", "option") and _DAYS.search(block.flat):
            # "Monday" and "8-5" may be in two boxes.
            below = takewhile(lambda text: not _DAYS.search(text), page.below(block))
            for line in _lines(block.text, below):
                for days, opening, span in spans(line):
                    if not _is_of_others(line, span, opening, block.heading):
                        yield from (block.fact(Kind.HOURS, f"{day} {opening}", 0.92) for day in days)


def _lines(text: str, below: Iterable[str]) -> list[str]:
    """Return the lines of a text. A line that holds only days is joined with the next, also with one `below`."""
    lines: list[str] = []
    for line in (*re.split(r"\n|;", text.translate(PLAIN)), *below):
        if lines and _DAYS.search(lines[-1]) and not _DAYS.sub("", lines[-1]).strip(" :,&-|and."):
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return lines


def _is_of_others(line: str, span: tuple[int, int], opening: str, heading: str) -> bool:
    """Return whether hours belong to an emergency line, a holiday, a season or another party."""
    is_bare = len(line.split()) > _LONGEST_BARE and not _MARKED.search(line)
    return bool(
        (is_bare and not _OPENS.search(f"{heading} {line}"))  # "households of 2-4 with daily use"
        or (opening == CLOSED and _WORDS.dated.match(line, span[1]))
        or (opening == WHOLE_DAY and _ANSWERS.search(line))
        or _WORDS.holiday.search(_SENTENCE_END.split(line[: span[0]])[-1])
        or _WORDS.season.search(heading)
        or _WORDS.season.search(line, max(0, span[0] - _LONGEST_SEASON), span[0])
        or _WORDS.season_after.match(line, span[1])
        or _WORDS.not_office.search(heading)
        or _WORDS.not_office.search(line[max(0, span[0] - 40) : span[0]])
    )


def spans(line: str) -> list[tuple[list[str], str, tuple[int, int]]]:
    """Return the days of a line with their hours, which follow the days, or precede the first or all of them."""
    groups = _groups(line)
    starts, ends = [0, *(end for _, _, end in groups)], [*(start for _, start, _ in groups), len(line)]
    # The text ahead of the first group, between the groups, and after the last.
    texts = [_SENTENCE_END.split(line[start:end]) for start, end in zip(starts, ends, strict=True)]
    ahead = [CLOSED if _CLOSES.search(parts[-1]) else parse_hours(parts[-1][-_FAR:]) for parts in texts[:-1]]
    after = [parse_hours(_WORDS.season_times.split(parts[0][:_FAR])[0]) for parts in texts[1:]]
    if ahead and not any(opening in _NO_TIMES for opening in ahead) and after[-1] in _NO_TIMES:
        after = ahead  # "7 to 6 Monday through Friday, 8 to 2 on Saturday"
    openings = []
    for at, (days, start, end) in enumerate(groups):
        if opening := after[at] or (ahead[at] if not at or len(texts[at]) > 1 else ""):
            openings.append((days, opening, (start, end)))
    return openings


def _groups(line: str) -> list[tuple[list[str], int, int]]:
    """Return the groups of days of a line, such as "Monday and Tuesday", with their positions."""
    groups: list[tuple[list[str], int, int]] = []
    for match in _DAYS.finditer(line):
        if groups and _JOINT.fullmatch(line, groups[-1][2], match.start()):
            days, start, _ = groups.pop()
            groups.append((days + _named(match), start, match.end()))
        else:
            groups.append((_named(match), match.start(), match.end()))
    return groups


def _named(match: re.Match[str]) -> list[str]:
    if match.lastgroup:
        return list(_SPANS[match.lastgroup])
    first, last = (_place((day or match[1]).lower()) for day in match.group(1, 2))
    # "Saturday to Monday" goes over the end of the week.
    return [DAYS[at % 7] for at in range(first, (last if last >= first else last + 7) + 1)]


def _place(name: str) -> int:
    return next(at for at, day in enumerate(DAYS) if name.startswith(day) or day.startswith(name))


def parse_hours(text: str) -> str:
    """Return hours as `08:00-17:00`, several spans joined by commas, `closed`, or an empty string."""
    text = _NOON.sub(lambda word: "12:00 pm" if word.group().lower() == "noon" else "12:00 am", text)
    if lunch := _LUNCH.search(text):
        day = parse_hours(text[: lunch.start()] + text[lunch.end() :])
        first, _, last = parse_hours(lunch["hours"]).partition("-")
        return f"{day[:5]}-{first},{last}-{day[6:]}" if len(day) == 11 and day[:5] < first < last < day[6:] else day
    if times := [span for match in _TIMES.finditer(text) if (span := _span(match))]:
        return ",".join(times[:3])
    if _ALWAYS.search(text):
        return WHOLE_DAY
    return CLOSED if _CLOSED.search(text) else ""


def _span(match: re.Match[str]) -> str:
    """Return two clock times. Without am and pm, they are read as usual office hours such as 8-5."""
    half = [(match[at] or "").lower()[:1] for at in (3, 6)]
    hour = [int(match[1]), int(match[4])]
    minutes = [match[2] or "00", match[5] or "00"]
    if max(hour) > 24 or max(map(int, minutes)) > 59:
        return ""
    # "13:00" and "08:00-12:00" are of a clock of 24 hours.
    is_whole = max(hour) > 12 or (match[1][0] == "0" and not any(half) and hour[0] < hour[1])
    if not is_whole:
        if not any(half) and 5 <= hour[0] <= hour[1] < 12:
            return ""  # "9 to 11" may be a morning or a long day
        half[1] = half[1] or "p"
        half[0] = half[0] or ("a" if half[1] == "a" or hour[0] % 12 > hour[1] % 12 or 5 <= hour[0] < 12 else half[1])
        hour = [at % 12 + (12 if part == "p" else 0) for at, part in zip(hour, half, strict=True)]
        if hour[1] == 0 and minutes[1] == "00":
            hour[1] = 24
    return f"{hour[0]:02}:{minutes[0]}-{hour[1]:02}:{minutes[1]}"
