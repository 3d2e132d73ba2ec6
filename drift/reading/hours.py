"""Extract office hours, one fact per day: `mon 08:00-17:00`, `sun closed`. Pure."""

import re
from collections.abc import Iterator, Sequence

from .blocks import Block, Page
from .facts import Fact, Kind
from .sentences import sentence_around
from .vocabulary import phrase_pattern

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOSED, WHOLE_DAY = "closed", "00:00-24:00"
_DAY = r"(mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?\b\.?"
_DAYS = re.compile(
    rf"\b(?:{_DAY}(?:\s{{0,2}}(?:-|to|through|thru|until)\s{{0,2}}{_DAY})?"
    r"|(?P<short>M\s?-\s?(?:F|Sat?|Su)\b)|(?P<weekdays>week\s?days?)|(?P<weekends>week\s?ends?)|(?P<all>7 days(?: "
    r"a| per)? week|seven days a week|every\s?day|daily))",
    re.IGNORECASE,
)
_CLOCK = r"(\d{1,2})(?:[:.](\d\d))?\s{0,2}(a\.?\s?m\b\.?|p\.?\s?m\b\.?|a\b|p\b|noon|midnight)?"
_TIMES = re.compile(
    rf"\b(?:from\s)?{_CLOCK}\s{{0,2}}(?:-|to|until|'?till?|through|thru|and (?:we )?closes? at)\s{{0,2}}{_CLOCK}",
    re.IGNORECASE,
)
_NOON = re.compile(r"\bnoon\b|\bmidnight\b", re.IGNORECASE)
_ALWAYS = re.compile(r"\b(?:open )?24\s?(?:hours?|hrs?)\b|\b24\s?/\s?7\b|\b24 hours\b|\ball day\b", re.IGNORECASE)
_CLOSED = re.compile(r"\bclosed\b", re.IGNORECASE)
_NOT_OFFICE = phrase_pattern("hours", "not_office")
_NOT_OURS = phrase_pattern("hours", "not_ours")
_CONTEXT = re.compile(r"\b(?:hours?|open|office|visit|schedule|availability|closed)\b", re.IGNORECASE)
_OPENS = re.compile(r"\b(?:hours|open|office)\b(?!\s(?:of|per))", re.IGNORECASE)
#: "Available 24 hours a day, 7 days a week" is a promise, not the office's hours.
_ANSWERS = re.compile(r"\b(?:available|service|emergenc\w+|calls?|answer\w*|here for you)\b", re.IGNORECASE)
#: Opening and closing time in two cells of a row.
_TWO_CELLS = re.compile(r"(\d\s?[ap]\.?m\.?) \| (?=\d)", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<![ap]\.m)(?<!\b[ap])\.\s+(?=[A-Z])")
_DATED = phrase_pattern("hours", "dated")
_HOLIDAY = phrase_pattern("hours", "holiday")
_MOST_AHEAD = 2


def hours(page: Page) -> Iterator[Fact]:
    """Yield a fact for each day with printed hours."""
    in_rows = {row.element for row in page.rows}
    blocks = page.blocks
    for at, block in enumerate(blocks):
        if block.tag in ("title", "option") or block.element.up("tr") in in_rows or not _DAYS.search(block.flat):
            continue
        yield from _of_text(block, _with_next(blocks, at))
    for row in page.rows:
        yield from _of_text(row, _TWO_CELLS.sub(r"\1 - ", row.flat))


def _with_next(blocks: Sequence[Block], at: int) -> str:
    """Return a block's text, joined with the next block if it holds only days: "Monday" and "8-5" in two boxes."""
    text = blocks[at].text.translate(_DASHES)
    if len(text) > 40 or _has_hours(text) or _DAYS.sub("", text).strip(" :,&-\nand."):
        return text
    for next_block in blocks[at + 1 : at + 1 + _MOST_AHEAD]:
        if _DAYS.search(next_block.flat) or len(next_block.flat) > 60:
            break
        text = f"{text} {next_block.flat}"
        if _has_hours(next_block.flat):
            break
    return text


def _has_hours(text: str) -> bool:
    return any(pattern.search(text) for pattern in (_TIMES, _CLOSED, _ALWAYS))


#: A sentence of more words names times by more than bare numbers, or contains a word for opening.
_LONGEST_BARE = 9
_MARKED = re.compile(r"\d\s?[ap]\.?m?\b|\d:\d\d|noon|midnight|o'clock|24|closed", re.IGNORECASE)
_DASHES = {ord(dash): "-" for dash in "‐‑‒–—―−"}  # noqa: RUF001


def _of_text(block: Block, text: str) -> Iterator[Fact]:
    context = bool(_CONTEXT.search(f"{text[:80]} {block.heading}"))
    if len(text) > 600 and not context:
        return
    for line in _lines(text):
        for days, opening, span in _spans(line):
            if _is_of_others(line, span, block.heading) or (opening == CLOSED and _DATED.match(line[span[1] :])):
                continue
            if (
                not _MARKED.search(line)
                and not _OPENS.search(f"{block.heading} {line}")
                and len(line.split()) > _LONGEST_BARE
            ):
                continue  # "households of 2-4 with daily use"
            if opening == WHOLE_DAY and _ANSWERS.search(line):
                continue
            sure = 0.92 if len(text) < 200 or context else 0.7
            for day in days:
                yield block.fact(Kind.HOURS, f"{day} {opening}", sure)


def _lines(text: str) -> list[str]:
    """Return the lines of a text. A line that holds only days is joined with the next."""
    lines: list[str] = []
    for line in re.split(r"\n|;", text):
        if lines and _DAYS.search(lines[-1]) and not _DAYS.sub("", lines[-1]).strip(" :,&-|and."):
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return lines


def _is_of_others(line: str, span: tuple[int, int], heading: str) -> bool:
    """Return whether hours belong to an emergency line, a holiday or another party, and not to the office."""
    first, last = sentence_around(line, *span)
    if _NOT_OURS.search(line[first:last]) or _HOLIDAY.search(_SENTENCE_END.split(line[: span[0]])[-1]):
        return True
    is_above = _NOT_OFFICE.search(heading) and "office" not in heading
    return bool(is_above or _NOT_OFFICE.search(line[max(0, span[0] - 40) : span[0]]))


def _spans(line: str) -> list[tuple[list[str], str, tuple[int, int]]]:
    """Return the days of a line with the hours after each group of days, up to the next group."""
    groups: list[tuple[list[str], int, int]] = []
    for match in _DAYS.finditer(line):
        joint = line[groups[-1][2] : match.start()] if groups else ""
        if groups and re.fullmatch(r"\s{0,2}(?:,|&|and|/|\+|,\s?and)\s{0,2}", joint):
            days, start, _ = groups.pop()
            groups.append((days + _named(match), start, match.end()))
        else:
            groups.append((_named(match), match.start(), match.end()))
    if hours_first := _all_ahead(line, groups):
        return hours_first
    results = []
    for place, (days, start, end) in enumerate(groups):
        stop = groups[place + 1][1] if place + 1 < len(groups) else len(line)
        opening = parse_hours(_SENTENCE_END.split(line[end : min(stop, end + 60)])[0])
        before = groups[place - 1][2] if place else 0
        ahead = _SENTENCE_END.split(line[max(before, start - 40) : start])
        if (
            (place == 0 or len(ahead) > 1)
            and ":" not in opening.replace(WHOLE_DAY, "")
            and (len(groups) == 1 or not opening)
        ):
            opening = parse_hours(ahead[-1]) or opening  # "7am-5pm Monday through Friday"
        if opening:
            results.append((days, opening, (start, end)))
    return results


def _all_ahead(line: str, groups: Sequence[tuple[list[str], int, int]]) -> list[tuple[list[str], str, tuple[int, int]]]:
    """Return the groups of a line whose hours precede the days; empty for other lines.

    Example: "7 to 6 Monday through Friday, 8 to 2 on Saturday".
    """
    if len(groups) < 2 or ":" in parse_hours(line[groups[-1][2] : groups[-1][2] + 60]):
        return []
    results, before = [], max(0, groups[0][1] - 40)
    for days, start, end in groups:
        opening = parse_hours(_SENTENCE_END.split(line[before:start])[-1])
        if ":" not in opening:
            return []
        results.append((days, opening, (start, end)))
        before = end
    return results


def _named(match: re.Match[str]) -> list[str]:
    if match["short"]:
        last = match["short"].rpartition("-")[2].strip().lower()
        return list(DAYS[: 5 if last == "f" else 7 if last == "su" else 6])
    if match["weekdays"]:
        return list(DAYS[:5])
    if match["weekends"]:
        return list(DAYS[5:])
    if match["all"]:
        return list(DAYS)
    first = DAYS.index(match[1][:3].lower())
    if not match[2]:
        return [DAYS[first]]
    return days_between(first, DAYS.index(match[2][:3].lower()))


def days_between(first: int, last: int) -> list[str]:
    """Return the days from one to another, by their numbers, over the end of the week if necessary."""
    return [DAYS[at % 7] for at in range(first, (last if last >= first else last + 7) + 1)]


def parse_hours(text: str) -> str:
    """Return hours as `08:00-17:00`, several spans joined by commas, `closed`, or an empty string."""
    text = _NOON.sub(lambda word: "12:00 pm" if word.group().lower() == "noon" else "12:00 am", text)
    if times := [span for match in _TIMES.finditer(text) if (span := _span(match))]:
        return ",".join(times[:3])
    if _ALWAYS.search(text):
        return WHOLE_DAY
    return CLOSED if _CLOSED.search(text) else ""


def _span(match: re.Match[str]) -> str:
    """Return two clock times. Without am and pm, they are read as usual office hours such as 8-5."""
    half = [(match[3] or "").lower().replace(".", "").replace(" ", "")[:1], (match[6] or "").lower()[:1]]
    hour = [int(match[1]), int(match[4])]
    minutes = [match[2] or "00", match[5] or "00"]
    if max(hour) > 24 or max(map(int, minutes)) > 59:
        return ""
    if not any(half) and not (match[2] or match[5]) and max(hour) <= 12 and hour[0] == hour[1]:
        return ""
    if not any(half) and 5 <= hour[0] < hour[1] < 12:
        return ""  # "9 to 11" may be a morning or a long day
    if max(hour) <= 12:
        if not half[1]:
            half[1] = "p"
        if not half[0]:
            half[0] = "a" if half[1] == "a" or hour[0] > hour[1] or 5 <= hour[0] < 12 else half[1]
        hour = [at % 12 + (12 if part == "p" else 0) for at, part in zip(hour, half, strict=True)]
        if hour[1] == 0 and minutes[1] == "00":
            hour[1] = 24
    return f"{hour[0]:02}:{minutes[0]}-{hour[1]:02}:{minutes[1]}"
