"""Words and patterns for where a shop works. Pure."""

import re

from .places import CODES, STATES
from .vocabulary import phrase_pattern, word_set

WORD = r"(?:[A-Z][A-Za-z'.]{1,20}(?:-[A-Z][a-z]{1,15})?|(?:of|the|del|la|O')(?=\s[A-Z]))"
CITY = rf"(?:(?:Ft|St|Mt|Ste)\.\s)?{WORD}(?:\s{WORD}){{0,3}}"
STATE = "|".join(sorted({*CODES, *(name.title() for name in STATES)}, key=len, reverse=True))
CITY_STATE = re.compile(rf"(?<![\w])(?P<city>{CITY}),?\s{{1,2}}(?P<state>{STATE})\b(?!\s{{0,2}}\d{{5}})")
SERVING = phrase_pattern("areas", "serving")
LIST_HEADING = phrase_pattern("areas", "list_heading")
AREA_WORDS = phrase_pattern("areas", "area_words")
ADDRESS_END = re.compile(r"\b[A-Z][A-Za-z]+,?\s\d{5}\b")
AREA_LINK = re.compile(r"service-?areas?|areas-?(?:we-?)?serve|locations?/|cities/|areas?/", re.IGNORECASE)
JOINTS = phrase_pattern("areas", "joints")
#: "Ascension: Prairieville, Gonzales": the name before the colon labels the line.
LABEL = re.compile(r"(?m)^[A-Z][A-Za-z .'&-]{2,30}(?<!County)(?<!Counties):\s(?=[A-Z][^\n]*[,&]|[A-Z][^\n]*\band\b)")
LEAD = phrase_pattern("areas", "lead")
TAIL = phrase_pattern("areas", "tail")
NO_CITY = word_set("areas", "no_city")
DAY = r"(?:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)(?:day)?s?\b\.?"
HOURS = re.compile(rf"{DAY}(?:\s?(?:[-–&]|to|thru|through)\s?{DAY})?|closed|open", re.IGNORECASE)  # noqa: RUF001
DIRECTIONS = word_set("areas", "directions")
#: State codes that are also words: "Show ID", "Open OR".
WORD_CODES = frozenset({"ID", "OK", "OR", "IN", "ME", "HI", "MA", "PA", "AL", "DE", "LA", "OH"})
PART_HEADING = phrase_pattern("areas", "part_heading")
BRANDS = word_set("areas", "brands")
PEOPLE = phrase_pattern("areas", "people")
WORDLIKE = word_set("areas", "wordlike")
PLAN_TAIL = phrase_pattern("areas", "plan_tail")
AFTER_TOWN = phrase_pattern("areas", "after_town")
STREET = phrase_pattern("areas", "street")
RUN_LEAD = phrase_pattern("areas", "run_lead")
RUN_JOINT = re.compile(r"\s{0,2}(?:,\s?(?:and|&|or|plus)\b|,|&|/|\band\b|\bor\b|\bto\b|\bas well as\b)\s{0,2}")
SAINT = re.compile(r"St\.? [A-Z]")
COMPANY_TAIL = phrase_pattern("areas", "company_tail")
#: "Maricopa & Pinal Counties": the last word applies to each name.
COUNTIES = re.compile(
    rf"[\s:]{{0,3}}(?:the\s|both\s|all of\s){{0,2}}"
    rf"(?P<names>{CITY}(?:(?:,\s?(?:and\s|&\s)?|\s(?:and|&)\s){CITY}){{1,8}})"
    r"\s[Cc]ounties\b"
)
COUNTY = re.compile(r"\s(?:County|Counties|Parish)\b")
REGION = phrase_pattern("areas", "region")
ASKED_WHERE = phrase_pattern("areas", "asked_where")
SENTENCE_START = re.compile(r"(?:^|[.!?]\s+)(?=[A-Z])")
SENTENCE_END = re.compile(r"(?<=[a-z]{3})[.!?]\s+(?=[A-Z])")
PLACED = re.compile(r"\b(?:in|across|around)\b(?=\s[A-Z])")
NO_AREA = phrase_pattern("areas", "no_area")
BOAST_AHEAD = phrase_pattern("areas", "boast_ahead")
BOAST_BEHIND = phrase_pattern("areas", "boast_behind")
MAKERS = re.compile(r"\b(?:brands?|makes|makers|manufacturers?|models)\b", re.IGNORECASE)
TOWN = re.compile(CITY)
BRACKETS = re.compile(r"\(([^()]{8,160})\)")
#: The copyright line names the company, even below a heading for areas.
IMPRINT = re.compile(r"©|\bcopyright\b|\ball rights reserved\b", re.IGNORECASE)
WAYS = re.compile(r"(?:North|South|East|West)\s[A-Z]\w+$")
#: Reasons for urgent trips to places without planned work.
URGENT = re.compile(r"emergenc|24/7|24-hour|urgent|no[\s-](?:heat|water|power)", re.IGNORECASE)
PLANNED = phrase_pattern("areas", "planned")
