"""States and time zones of US ZIP codes, by their first three digits. Pure.

A time zone is a proposal that a person can change: in a split state, an area may use the other zone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pagetojob.platform.tenants.time_zones import CENTRAL, EASTERN, MOUNTAIN, PACIFIC

#: Code, name, usual time zone, and ranges of the first three digits of ZIP codes.
_STATES = """
AL Alabama|C|350-352 354-369
AK Alaska|America/Anchorage|995-999
AZ Arizona|America/Phoenix|850-853 855-857 859-860 863-865
AR Arkansas|C|716-729
CA California|P|900-908 910-928 930-961
CO Colorado|M|800-816
CT Connecticut|E|060-069
DE Delaware|E|197-199
DC District of Columbia|E|200 202-205 569
FL Florida|E|320-339 341-342 344 346-347 349
GA Georgia|E|300-319 398-399
GU Guam|Pacific/Guam|969
HI Hawaii|Pacific/Honolulu|967-968
ID Idaho|America/Boise|832-838
IL Illinois|C|600-620 622-629
IN Indiana|America/Indiana/Indianapolis|460-479
IA Iowa|C|500-516 520-528
KS Kansas|C|660-662 664-679
KY Kentucky|E|400-418 420-427
LA Louisiana|C|700-701 703-708 710-714
ME Maine|E|039-049
MD Maryland|E|206-212 214-219
MA Massachusetts|E|010-027 055
MI Michigan|America/Detroit|480-499
MN Minnesota|C|550-551 553-567
MS Mississippi|C|386-397
MO Missouri|C|630-631 633-641 644-658
MT Montana|M|590-599
NE Nebraska|C|680-681 683-693
NV Nevada|P|889-891 893-895 897-898
NH New Hampshire|E|030-038
NJ New Jersey|E|070-089
NM New Mexico|M|870-875 877-884
NY New York|E|005 100-149
NC North Carolina|E|270-289
ND North Dakota|C|580-588
OH Ohio|E|430-459
OK Oklahoma|C|730-731 734-741 743-749
OR Oregon|P|970-979
PA Pennsylvania|E|150-196
PR Puerto Rico|America/Puerto_Rico|006-007 009
RI Rhode Island|E|028-029
SC South Carolina|E|290-299
SD South Dakota|C|570-577
TN Tennessee|E|370-385
TX Texas|C|733 750-799 885
UT Utah|M|840-847
VT Vermont|E|050-054 056-059
VI Virgin Islands|America/St_Thomas|008
VA Virginia|E|201 220-246
WA Washington|P|980-986 988-994
WV West Virginia|E|247-268
WI Wisconsin|C|530-532 534-535 537-549
WY Wyoming|M|820-831
"""
#: Prefixes whose zone differs from the usual one of their state. 865 is mostly the Navajo Nation, which has daylight
#: saving time.
_OTHER_ZONES = {
    "324-325": CENTRAL, "370-372": CENTRAL, "380-385": CENTRAL, "400-402": "America/Kentucky/Louisville",
    "420-424": CENTRAL, "463-464": CENTRAL, "476-477": CENTRAL, "577": MOUNTAIN, "586": MOUNTAIN, "693": MOUNTAIN,
    "798-799": MOUNTAIN, "835": PACIFIC, "838": PACIFIC, "865": MOUNTAIN, "885": MOUNTAIN, "979": "America/Boise",
}  # fmt: skip
#: States with more than one time zone, in which a person should check the proposal.
SPLIT = frozenset({"AK", "AZ", "FL", "ID", "IN", "KS", "KY", "MI", "ND", "NE", "NV", "OR", "SD", "TN", "TX"})
_SHORT = {"E": EASTERN, "C": CENTRAL, "M": MOUNTAIN, "P": PACIFIC}
_ZIP = re.compile(r"([0-9]{3})[0-9]{2}(-[0-9]{4})?")


@dataclass(frozen=True)
class Place:
    """The state of a ZIP code, and the time zone that most of its area uses."""

    state: str
    time_zone: str

    @property
    def is_split(self) -> bool:
        return self.state in SPLIT


def _prefixes(ranges: str) -> Iterator[str]:
    for part in ranges.split():
        first, _, last = part.partition("-")
        yield from (f"{number:03}" for number in range(int(first), int(last or first) + 1))


def _read() -> tuple[dict[str, str], dict[str, Place]]:
    names: dict[str, str] = {}
    places: dict[str, Place] = {}
    for line in _STATES.split("\n")[1:-1]:
        label, zone, ranges = line.split("|")
        code, _, names[code] = label[:2], label[2], label[3:]
        places |= {prefix: Place(code, _SHORT.get(zone, zone)) for prefix in _prefixes(ranges)}
    for ranges, zone in _OTHER_ZONES.items():
        places |= {prefix: Place(places[prefix].state, zone) for prefix in _prefixes(ranges)}
    return names, places


#: Names of states, districts and territories by code, and places by the first three digits of a ZIP code.
STATES, _PLACES = _read()


def place_of(zip_code: str) -> Place | None:
    """Return the place of a ZIP code; None if it is malformed or no such codes are in use."""
    match = _ZIP.fullmatch(zip_code.strip())
    return _PLACES.get(match[1]) if match else None
