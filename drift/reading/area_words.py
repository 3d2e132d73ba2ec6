"""Words and patterns for where a shop works. Pure."""

import re

from .places import CODES, PROVINCES, STATES
from .vocabulary import phrase_pattern, word_set

WORD = r"(?:[A-Z][A-Za-z'.]{1,20}(?:-[A-Z][a-z]{1,15})?|(?:of|the|del|la|O')(?=\s[A-Z]))"
CITY = rf"(?:(?:Ft|St|Mt|Ste)\.\s)?{WORD}(?:\s{WORD}){{0,3}}"
_STATES = {*CODES, *PROVINCES.values(), *(name.title() for name in (*STATES, *PROVINCES))}
STATE = "|".join(sorted(_STATES, key=len, reverse=True))
SERVING = phrase_pattern("areas", "serving")
LIST_HEADING = phrase_pattern("areas", "list_heading")
JOINTS = phrase_pattern("areas", "joints")
NO_CITY = word_set("areas", "no_city")
DIRECTIONS = word_set("areas", "directions")
BRANDS = word_set("areas", "brands")
PLAN_TAIL = phrase_pattern("areas", "plan_tail")
STREET = phrase_pattern("areas", "street")
COMPANY_TAIL = phrase_pattern("areas", "company_tail")
NO_AREA = phrase_pattern("areas", "no_area")
WAYS = re.compile(r"(?:North|South|East|West)\s[A-Z]\w+$")
#: Reasons for urgent trips to places without planned work.
URGENT = re.compile(r"emergenc|24/7|24-hour|urgent|no[\s-](?:heat|water|power)", re.IGNORECASE)
PLANNED = phrase_pattern("areas", "planned")
