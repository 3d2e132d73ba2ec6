"""Normal forms as DuckDB macros: names, phones, email addresses, streets, services, dates. SQL text only.

Macros take and return text unless noted otherwise, and return null for values without information.
"""

from collections.abc import Iterator

from .words import any_of, words

#: Leading letters of a firm's name and host that must be equal before they are compared.
FIRM_HEAD = 8

_PHONE = r"(?:\+?1[\s.\-]*)?\(?[0-9]{3}\)?[\s.\-/]*[0-9]{3}[\s.\-]*[0-9]{4}"
#: Formats of dates and times that offices use, after `tidy_when` has unified spellings.
_NUMERIC, _DAY_FIRST = ("%m/%d/%Y",), ("%d/%m/%Y",)
_WORDY = ("%b %d %Y", "%B %d %Y", "%d %b %Y", "%d %B %Y", "%Y/%m/%d", "%Y%m%d")
_TIMES = ("", " %H:%M:%S", " %H:%M", " %I:%M %p", " %I:%M:%S %p", " %I %p", " %H:%M:%S.%f")


def _formats(dates: tuple[str, ...]) -> str:
    return array([date + time for date in dates for time in _TIMES])


def macros() -> Iterator[str]:
    """Yield every CREATE MACRO statement, ordered so that each uses only earlier ones."""
    yield from _texts()
    yield from _phones()
    yield from _emails()
    yield from _addresses()
    yield from _services()
    yield from _dates()


def literal(text: str) -> str:
    """Quote a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def array(texts: list[str] | tuple[str, ...]) -> str:
    """Return texts as an SQL list."""
    return "[" + ", ".join(literal(text) for text in texts) + "]"


def _macro(head: str, body: str) -> str:
    return f"CREATE OR REPLACE MACRO {head} AS ({body})"


def _texts() -> Iterator[str]:
    yield _macro("folded(x)", "lower(strip_accents(x))")
    yield _macro("plain(x)", r"nullif(trim(regexp_replace(folded(x), '[^a-z0-9]+', ' ', 'g')), '')")
    yield _macro("known(x)", f"CASE WHEN list_contains({array(words()['no_names'])}, x) THEN NULL ELSE x END")
    # "Smith, Bob" is Bob Smith; "O'Neil" is one word, "Smith-Jones" is two; titles and middle initials are ignored;
    # "J0nes" was misread from paper.
    yield _macro("spelled(x)", "translate(folded(x), '01', 'ol')")
    yield _macro(
        "name_words(x)",
        "string_split(trim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(spelled(x), "
        r"'^\s*([a-z'' \-]+),\s*([a-z][a-z'' .&\-]*)$', '\2 \1'), '[''\x{2019}`.]', '', 'g'), '[^a-z]+', ' ', 'g'), "
        f"'\\b({any_of('titles')})\\b', ' ', 'g')), ' ')",
    )
    yield _macro(
        "known_name(x)",
        r"CASE WHEN known(plain(x)) IS NULL OR NOT regexp_matches(folded(x), '[a-z]') THEN NULL ELSE x END",
    )
    yield _macro("names_of(x)", "list_filter(name_words(known_name(x)), lambda w: w <> '')")
    # The person that the job's notes name, as in "Tenant Ana 480-555-0123" or "Ana will be home".
    yield _macro(
        "named_in(x)",
        f"CASE WHEN regexp_matches(x, '\\b(?:{any_of('callers')}|will) ') THEN list_filter("
        f"regexp_extract_all(x, '\\b(?:{any_of('callers')}) ([a-z]{{3,}})', 1) "
        "|| regexp_extract_all(x, '([a-z]{3,}) will (?:be|meet)', 1), "
        f"lambda w: NOT list_contains({array(words()['no_given'])}, w)) ELSE [] END",
    )
    # The part of a name that survives most typos: its consonants, with doubled ones reduced to one.
    bones = "regexp_replace(x, '[^b-df-hj-np-tvxz]', '', 'g')"
    for letter in "bcdfglmnprstzvkx":
        bones = f"replace({bones}, '{letter * 2}', '{letter}')"
    yield _macro("bones(x)", f"nullif({bones}, '')")


def _phones() -> Iterator[str]:
    yield _macro(
        "typed_phones(x)",
        f"CASE WHEN regexp_matches(x, '^[0-9](\\.[0-9]+)?[eE]\\+?[0-9]+$') THEN [CAST(CAST(TRY_CAST(x AS DOUBLE) AS "
        f"BIGINT) AS VARCHAR)] ELSE regexp_extract_all(regexp_replace(x, '\\.0$', ''), {literal(_PHONE)}) END",
    )
    yield _macro("digits(x)", "right(regexp_replace(x, '[^0-9]', '', 'g'), 10)")
    # Numbers that people type to get past a required field: 000…, 555-555-5555, 123-456-7890.
    yield _macro(
        "no_phone(x)",
        "length(replace(x, left(x, 1), '')) = 0 OR length(replace(right(x, 7), right(x, 1), '')) = 0 OR x IN "
        "('1234567890', '0123456789', '9876543210', '1231231234', '1112223333', '5551234567', '1234567899') "
        "OR left(x, 1) IN ('0', '1')",
    )
    yield _macro(
        "phones_of(x)",
        "list_filter(list_transform(typed_phones(x), lambda p: digits(p)), "
        "lambda p: length(p) = 10 AND NOT no_phone(p))",
    )


def _emails() -> Iterator[str]:
    # "bob @gmail,com" is bob@gmail.com.
    yield _macro(
        "mended_email(x)",
        r"regexp_replace(regexp_replace(lower(x), '\s*@\s*', '@'), '(@[a-z0-9\-]+)\s*[,;]\s*(com|net|org)\b', '\1.\2')",
    )
    yield _macro(
        "typed_emails(x)", r"regexp_extract_all(mended_email(x), '[a-z0-9._%+''\-]+@[a-z0-9\-]+(?:\.[a-z0-9\-]+)+')"
    )
    hosts = words()["email_hosts"]
    cases = " ".join(f"WHEN {literal(wrong)} THEN {literal(right)}" for wrong, right in hosts.items())
    # Most hosts are spelled correctly, and searching a list is faster than a CASE.
    wrong = array(tuple(hosts))
    yield _macro(
        "host_of(x)",
        f"CASE WHEN NOT list_contains({wrong}, split_part(x, '@', 2)) THEN split_part(x, '@', 2) "
        f"ELSE CASE split_part(x, '@', 2) {cases} ELSE split_part(x, '@', 2) END END",
    )
    yield _macro(
        "address_of(box, host)",
        "CASE WHEN host = 'gmail.com' THEN replace(split_part(box, '+', 1), '.', '') ELSE split_part(box, '+', 1) END "
        "|| '@' || host",
    )
    # The word before the top-level domain, as in mail.oakrentals.com. Its mailboxes belong to one firm, unless the host
    # is a public email provider.
    yield _macro("word_of_host(x)", r"regexp_extract(x, '([^.]*)\.[a-z]+$', 1)")
    yield _macro(
        "firm_of(x)",
        f"CASE WHEN NOT list_contains({array(words()['public_hosts'])}, word_of_host(x)) "
        "THEN replace(word_of_host(x), '-', '') END",
    )
    yield _macro("no_email(box, host)", f"box IN {_tuple('no_emails')} OR host IN {_tuple('no_email_hosts')}")
    yield _macro(
        "one_email(x)",
        "CASE WHEN NOT no_email(split_part(x, '@', 1), host_of(x)) "
        "THEN address_of(split_part(x, '@', 1), host_of(x)) END",
    )
    # Most cells have at most one address, whose `box` and `host` are known, and lists are slower than texts.
    yield _macro(
        "emails_of(typed, box, host)",
        "CASE WHEN typed IS NULL THEN NULL WHEN len(typed) > 1 "
        "THEN list_filter(list_transform(typed, lambda e: one_email(e)), lambda e: e IS NOT NULL) "
        "WHEN len(typed) = 0 OR no_email(box, host) THEN [] ELSE [address_of(box, host)] END",
    )


def _tuple(name: str) -> str:
    return "(" + ", ".join(literal(word) for word in words()[name]) + ")"


def _addresses() -> Iterator[str]:
    ordinals = words()["ordinals"]
    body = "x"
    for word, short in ordinals.items():
        body = f"replace({body}, ' {word} ', ' {short} ')"
    yield _macro("short_ordinals(x)", body)
    unit = rf"(?:\b(?:{any_of('units')})\b\.?\s*#?\s*|#\s*)([a-z]?-?[0-9]+[a-z]?|[a-z])\b"
    yield _macro("unit_of(x)", f"nullif(regexp_extract(folded(x), {literal(unit)}, 1), '')")
    yield _macro(
        "street_line(x)",
        f"regexp_replace(regexp_replace(folded(split_part(x, ',', 1)), {literal(unit)}, ' ', 'g'), "
        r"'[^a-z0-9]+', ' ', 'g')",
    )
    # N4512 and W204N11912 are rural house numbers; without the letter, they mean the same house.
    yield _macro(
        "house_of(line)",
        r"nullif(ltrim(CASE WHEN regexp_matches(line, '^\s*[nsew][0-9]') THEN "
        r"regexp_extract(line, '^\s*(?:[nsew][0-9]+)?[nsew]([0-9]+)\b', 1) "
        r"ELSE regexp_extract(line, '^\s*([0-9]+)', 1) END, '0'), '')",
    )
    # "Cty Rd K" is County K; "State Hwy 17" and "WI-17" are 17.
    yield _macro(
        "highway(x)",
        r"CASE WHEN regexp_matches(x, '^(?:[a-z]{2,3}|cnty|state|route) ') THEN regexp_replace(regexp_replace(x, "
        r"'^(?:cty|cth|cnty|co)( |$)', 'county\1'), '^(?:state|u s|route|rte|sth|[a-z]{2}) ([0-9]+)$', '\1') "
        "ELSE x END",
    )
    yield _macro(
        "root_of(line)",
        "nullif(highway(trim(regexp_replace(regexp_replace(short_ordinals(' ' || regexp_replace(line, "
        r"'^\s*(?:[nsew][0-9]+)?[nsew]?[0-9]+[a-z]?\s', '') || ' '), "
        f"'\\b({any_of('street_noise')})\\b', '', 'g'), ' +', ' ', 'g'))), '')",
    )
    yield _macro(
        "zip_of(x)",
        r"nullif(regexp_extract(x, '([0-9]{5})(?:-?[0-9]{4})?\s*(?:,?\s*(?:usa|us|united states))?\s*$', 1, 'i'), '')",
    )
    # The city at the end of a line: before a state, or after the last comma.
    town, end = r"([a-z][a-z .'\-]{2,}?)", r"(?:[0-9]{5}(?:-?[0-9]{4})?)?\s*$"
    before_state = literal(rf"(?:^|,)\s*{town}[, ]+(?:{any_of('states')})\.?[, ]*{end}")
    after_comma = literal(rf",\s*{town}[, ]*{end}")
    yield _macro(
        "city_of(x)",
        f"nullif(trim(coalesce(nullif(regexp_extract(folded(x), {before_state}, 1), ''), "
        f"regexp_extract(folded(x), {after_comma}, 1))), '')",
    )
    yield _macro(
        "padded_zip(x)", r"CASE WHEN regexp_matches(x, '^[0-9]{3,4}$') THEN lpad(x, 5, '0') ELSE zip_of(x) END"
    )


def _services() -> Iterator[str]:
    subjects = [(pattern, 1 << at) for at, pattern in enumerate(words()["subjects"])]
    for name, patterns in (("trade", words()["trades"]), ("subject", subjects), ("action", words()["actions"])):
        bits = " | ".join(
            f"CASE WHEN regexp_matches(x, {literal(pattern)}) THEN {bit} ELSE 0 END" for pattern, bit in patterns
        )
        yield _macro(f"{name}_of(x)", f"nullif(({bits}), 0)")
    # A word or two, such as "ac repair", is too common to be evidence.
    yield _macro("told_by(x, y)", "CASE WHEN length(x) >= 12 THEN x WHEN length(y) >= 12 THEN y END")


def _dates() -> Iterator[str]:
    yield _macro(
        "iso_when(x)", r"TRY_CAST(regexp_replace(x, '\s*(Z|UTC|GMT|[+\-][0-9]{2}:?[0-9]{2})$', '') AS TIMESTAMP)"
    )
    # "Tue, 3rd Mar 26 at 2:15pm CST" is "3 Mar 2026 2:15 pm"; "3-Mar-26" is "3 Mar 2026"; "3.4.26" is "3/4/2026".
    body = "trim(lower(x))"
    for pattern, into in (
        (r"\b(mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b[,.]?", " "),
        (r"\s*\(?\b([ecmp][sd]t|utc|gmt|akst|hst|z)\b\)?\s*$", ""),
        (r"(:\d\d(?:\.\d+)?)\s*(z|[+\-]\d\d:?\d\d)$", r"\1"),
        (r"(\d)(st|nd|rd|th)\b", r"\1"),
        (r"\bsept\b", "sep"),
        (r"([a-z])\.", r"\1"),
        (r",|\bat\b|\s-\s|@", " "),
        (r"\b(\d{1,2})[\- ]([a-z]{3,9})[\- ](\d{2,4})\b", r"\1 \2 \3"),
        (r"^\s*([a-z]{3,9})-(\d{1,2})-(\d{2,4})\b", r"\1 \2 \3"),
        (r"\b(\d{4})[.\-/](\d{1,2})[.\-/](\d{1,2})t?", r"\1/\2/\3 "),
        (r"\b(\d{1,2})[.\-/](\d{1,2})[.\-/](\d{2,4})\b", r"\1/\2/\3"),
        (r"(\d)\s*([ap])\s*m\b", r"\1 \2m"),
        (r"^\s*(\d{1,2}/\d{1,2}/|\d{1,2} [a-z]{3,9} |[a-z]{3,9} \d{1,2} +)(\d\d)(\s|$)", r"\120\2\3"),
        (r"\s+", " "),
    ):
        body = f"regexp_replace({body}, {literal(pattern)}, {literal(into)}, 'g')"
    yield _macro("tidy_when(x)", f"trim({body})")
    yield _macro(
        "worded_when(x)",
        f"coalesce(TRY_STRPTIME(x, {_formats(_NUMERIC)}), TRY_STRPTIME(x, {_formats(_DAY_FIRST)}), "
        f"TRY_STRPTIME(x, {_formats(_WORDY)}))",
    )
    yield _macro(
        "counted_when(x)",
        "CASE WHEN regexp_matches(x, '^[0-9]{10}$') THEN make_timestamp(CAST(x AS BIGINT) * 1000000) "
        "WHEN regexp_matches(x, '^[0-9]{13}$') THEN make_timestamp(CAST(x AS BIGINT) * 1000) "
        "WHEN regexp_matches(x, '^[345][0-9]{4}(\\.[0-9]+)?$') THEN TIMESTAMP '1899-12-30' + "
        "to_seconds(CAST(round(TRY_CAST(x AS DOUBLE) * 86400) AS BIGINT)) END",
    )
    # `tidy` is the result of `loose_when`, null for ISO dates; `days` is true if the day comes first.
    numeric = "regexp_matches(tidy, '^[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}')"
    yield _macro("sure_when(x)", "CASE WHEN x LIKE '____-__-__%' THEN iso_when(x) END")
    yield _macro("loose_when(x)", "CASE WHEN sure_when(x) IS NULL THEN tidy_when(x) END")
    yield _macro(
        "parsed_when(x, tidy, days)",
        "CASE WHEN tidy IS NULL THEN sure_when(x) ELSE coalesce(counted_when(x), "
        f"CASE WHEN days AND {numeric} THEN TRY_STRPTIME(tidy, {_formats(_DAY_FIRST)}) END, worded_when(tidy)) END",
    )
    yield _macro("day_first(tidy)", f"{numeric} AND TRY_CAST(split_part(tidy, '/', 1) AS INTEGER) > 12")
    yield _macro("month_first(tidy)", f"{numeric} AND TRY_CAST(split_part(tidy, '/', 2) AS INTEGER) > 12")
