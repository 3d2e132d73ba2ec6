"""Words and patterns for where a shop works. Pure."""

import re

from .places import CODES, STATES
from .wordset import wordset

WORD = r"(?:[A-Z][A-Za-z'.]{1,20}(?:-[A-Z][a-z]{1,15})?|(?:of|the|del|la|O')(?=\s[A-Z]))"
CITY = rf"(?:(?:Ft|St|Mt|Ste)\.\s)?{WORD}(?:\s{WORD}){{0,3}}"
STATE = "|".join(sorted({*CODES, *(name.title() for name in STATES)}, key=len, reverse=True))
CITY_STATE = re.compile(rf"(?<![\w])(?P<city>{CITY}),?\s{{1,2}}(?P<state>{STATE})\b(?!\s{{0,2}}\d{{5}})")
SERVING = re.compile(
    r"\b(?:(?:proudly |now |also |currently |locally )?(?:serving|serves?|servicing|covers?|covering)|service "
    r"(?:area|areas) (?:include\w*|covers?|are)|"
    r"(?:homeowners?|homes?|residents?|customers?|families|neighbors|businesses|clients|properties) (?:in|of|"
    r"across|throughout|around)|throughout|"
    r"(?:services?|repairs?|replacement|installation|maintenance|cleaning|plumb\w+|electricians?|contractors?|company|help|technicians?|"
    r"heating|cooling|conditioning|hvac|ac|tune-?ups?|detection|upgrades?|experts?|pros?|specialists?|"
    r"inspections?|estimates?|available|work) (?:in|for|near|throughout|across|around|serving)|"
    r"(?:service areas?|areas (?:we serve|served))(?=:)|areas (?:we serve )?(?:include|such as|like|including)|"
    r"including|(?:team|shop|choice|company|pros|crew|leader|name) (?:in|for)|(?:located|based) in and serving|"
    r"we (?:also )?(?:handle|reach|visit|go to|work in|drive to)|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days we(?:'re| are) in|"
    r"available in|cities (?:like|such as|including)|from)\b"
    r"(?=[\s:,])",
    re.IGNORECASE,
)
LIST_HEADING = re.compile(
    r"\b(?:service areas?|areas? (?:that )?(?:we )?(?:proudly )?serv\w+|areas? (?:of service|covered|we cover|near)|"
    r"(?:cities|towns|communities|locations|neighborhoods|counties|places) (?:that )?(?:we )?(?:proudly "
    r")?(?:serv\w+|cover\w*)|"
    r"cities|communities|towns|our (?:service )?(?:locations|areas|territory)|locations|zip codes?|we (?:proudly "
    r")?(?:serve|cover|service)|serving|"
    r"where (?:we|do you|(?:our|the) (?:vans?|trucks?|crews?|techs?|teams?|technicians)) (?:are |have been )?"
    r"(?:work|serve|go|travel|run|roll|drive)\w*|where we(?:'re| are) [a-z]+ing|how far (?:do you|we)|around town|"
    r"^areas?$|coverage(?: area)?|service locations|service territory)\b",
    re.IGNORECASE,
)
AREA_WORDS = re.compile(
    r"(?:service|serving)[_-]?areas?\b|\bareas?[_-](?:list|we|served)|\b(?:cities|communities)\b|\blocations?[_-]list"
)
ADDRESS_END = re.compile(r"\b[A-Z][A-Za-z]+,?\s\d{5}\b")
AREA_LINK = re.compile(r"service-?areas?|areas-?(?:we-?)?serve|locations?/|cities/|areas?/", re.IGNORECASE)
JOINTS = re.compile(
    r"\s{0,2}(?:,\s?and\b|,\s?&|,|;|:\s|\||•|·|\n|\s-\s|&|/|\band\b|\bor\b|\bto\b|\bas well as\b)\s{0,2}", re.IGNORECASE
)
#: "Ascension: Prairieville, Gonzales": the name before the colon labels the line.
LABEL = re.compile(r"(?m)^[A-Z][A-Za-z .'&-]{2,30}(?<!County)(?<!Counties):\s(?=[A-Z][^\n]*[,&]|[A-Z][^\n]*\band\b)")
LEAD = re.compile(
    r"^(?:the )?(?:greater |all of |entire |downtown |central |north(?:ern)? |south(?:ern)? |east |west |nearby |"
    r"metro |city of |in |near |cities of |beautiful |historic |both |surrounding )+",
    re.IGNORECASE,
)
TAIL = re.compile(
    r"(?:'s\b.*| (?:metro(?:politan)?(?: area)?|area|areas|region|valley area|community|and surrounding.*|and the "
    r"surrounding.*|homes?|homeowners?|residents?|surrounding.*))+$",
    re.IGNORECASE,
)
NO_CITY = wordset(
    "contact home about blog careers services service financing reviews more learn view all other others call "
    "today schedule book now menu us we our areas area surrounding communities cities counties locations map "
    "accessibility sitemap careers reviews login account "
    "directions privacy policy terms request here read click get free new north south east west monday tuesday "
    "wednesday thursday friday saturday sunday january february march april may june july august september "
    "october november december residential commercial emergency heating cooling hvac ac plumbing electrical "
    "air trane carrier lennox goodman rheem bryant google yelp bbb angi facebook you your customers family "
    "owned quality comfort licensed insured bonded mr mrs ms dr team staff company llc inc the this that these "
    "those what why how when if it and or beyond everywhere near me united states usa texas-based summer "
    "winter spring fall metro valley coupon offers specials warranty energy star state sorry unfortunately "
    "middle upper lower outer inner master town towns zip zips city route routes code codes "
    "mon tue tues wed thu thur thurs fri sat closed open central northern southern eastern western northeast "
    "northwest southeast southwest upstate coastal greater in at on from by with for to across all also"
)
DAY = r"(?:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)(?:day)?s?\b\.?"
HOURS = re.compile(rf"{DAY}(?:\s?(?:[-–&]|to|thru|through)\s?{DAY})?|closed|open", re.IGNORECASE)  # noqa: RUF001
DIRECTIONS = wordset(
    "north south east west central northern southern eastern western northeast northwest southeast southwest"
)  # also towns, and the first word of many names
#: State codes that are also words: "Show ID", "Open OR".
WORD_CODES = frozenset({"ID", "OK", "OR", "IN", "ME", "HI", "MA", "PA", "AL", "DE", "LA", "OH"})
#: A part of a list of places with its own heading: a county or a region.
PART_HEADING = re.compile(
    r"\b(?:county|counties|end|region|valley|area|suburbs?|metro|side|shore|bay|crew|routes?|team|trucks?)$",
    re.IGNORECASE,
)
#: Manufacturers whose names are also towns: "Carrier, Lennox and York" are what a shop repairs.
BRANDS = wordset(
    "carrier lennox york bryant goodman amana coleman payne trane rheem ruud heil kohler delta moen generac honeywell "
    "bosch daikin mitsubishi fujitsu maytag whirlpool tempstar armstrong navien rinnai noritz takagi pentair hayward "
    "bradford jandy chamberlain liftmaster genie clopay amarr raynor wayne"
)
#: Names below such a heading are people, even if towns have the same names.
PEOPLE = re.compile(
    r"\b(?:team|staff|crew|meet|people|who we are|owners?|technicians?|family|board|brands?)\b", re.IGNORECASE
)
#: Towns whose names are mostly headline words of this trade: a season, a plan, a boast.
WORDLIKE = wordset(
    "spring winter summer comfort superior supply price star summit liberty independence golden eagle enterprise "
    "pioneer premier honor hope harmony victor ranger noble imperial lead helper advance excelsior loyal reform "
    "republic reserve trinity union unity central century circle commerce normal mobile mission prosper prospect "
    "thermal tower temple valley sunrise sunset orange paradise reading surprise wise king west north section page "
    "sells stamps globe carefree anthem oracle clay sandy clover highland bells defiance concord bountiful seal "
    "brick stone slate copper cedar justice delight media industry royal gas electric power friendship progress rescue "
    "security home energy"
)
#: Words after the name of a plan or a sale, and not after the name of a town.
PLAN_TAIL = re.compile(
    r"^\s(?:plan|club|program|membership|members?|agreement|maintenance|protection|shield|society|savings|sale|special|"
    r"promise|guarantee|package|rewards?|care|advantage|tune-?ups?|check-?ups?|advisors?)\b",
    re.IGNORECASE,
)
#: Words that may follow the name of a town in a sentence about where a shop works.
AFTER_TOWN = re.compile(
    r"^(?:[^\w\s]|\s[^\w\s]|\s?$|\s(?:and|or|to|area|homes?|homeowners?|residents?|families|customers|since|for|with|on|"
    r"as|at|or|from|is|are|has|have|can|by|who|business(?:es)?|neighborhoods?|county|metro)\b)"
)
STREET = re.compile(
    r"^\s?(?:st|street|ave|avenue|rd|road|blvd|boulevard|dr|drive|ln|hwy|highway|pkwy|parkway|way|ct|lane)\b\.?",
    re.IGNORECASE,
)
#: Words before the first town of a run, and between two towns.
RUN_LEAD = re.compile(
    r"[\s:]{0,3}(?:(?:the|all|all of|both|homes|homeowners|residents|customers|families|businesses|in|of|"
    r"greater|cities|communities|like|areas|towns|entire|metro|nearby|"
    r"including|such as|downtown|central|communities of|your|our neighbors|across|throughout|and|local|"
    r"residential|commercial|north|south|east|west|northern|southern|[Aa]lso|[Mm]ostly|[Mm]ainly)[\s:]{1,2}){0,6}"
)
RUN_JOINT = re.compile(r"\s{0,2}(?:,\s?(?:and|&|or|plus)\b|,|&|/|\band\b|\bor\b|\bto\b|\bas well as\b)\s{0,2}")
SAINT = re.compile(r"St\.? [A-Z]")
COMPANY_TAIL = re.compile(
    r"^\s(?:heating|cooling|air|plumbing|electric\w*|hvac|comfort|mechanical|services?|refrigeration|sons|ac|"
    r"drain|home|and sons|(?:county )?(?:licen[cs]es?|registration|permits?)|lic)\b",
    re.IGNORECASE,
)
#: "Maricopa & Pinal Counties": the last word applies to each name.
COUNTIES = re.compile(
    rf"[\s:]{{0,3}}(?:the\s|both\s|all of\s){{0,2}}"
    rf"(?P<names>{CITY}(?:(?:,\s?(?:and\s|&\s)?|\s(?:and|&)\s){CITY}){{1,8}})"
    r"\s[Cc]ounties\b"
)
COUNTY = re.compile(r"\s(?:County|Counties|Parish)\b")
#: "Serving the Twin Cities metro: Minneapolis, ...": the names follow the colon.
REGION = re.compile(
    r"[\s:]{0,3}(?:the |all of )?(?:greater )?(?:[A-Z][\w'.]{1,15} ){1,4}[a-z ]{0,20}(?<=[\w]):(?=\s[A-Z])"
)
#: "Where do we go? Mostly Mesa and Gilbert. Also Queen Creek.": each sentence of the answer may begin with towns.
ASKED_WHERE = re.compile(
    r"(?:so )?(?:where (?:do|will|can) (?:we|you) (?:go|work|serve|travel|come)|"
    r"(?:what|which) (?:areas?|towns|cities|communities) do (?:we|you) (?:serve|cover|work in))\?\s",
    re.IGNORECASE,
)
SENTENCE_START = re.compile(r"(?:^|[.!?]\s+)(?=[A-Z])")
SENTENCE_END = re.compile(r"(?<=[a-z]{3})[.!?]\s+(?=[A-Z])")
PLACED = re.compile(r"\b(?:in|across|around)\b(?=\s[A-Z])")
NO_AREA = re.compile(
    r"\b(?:headquarter\w*|founded in|born|raised|grew up|moved (?:here )?(?:to|from)|"
    r"(?:came|comes|hails?|native|originally) (?:here )?(?:from|of)|recent (?:jobs?|projects?|installs?)|"
    r"graduate\w*|years (?:at|with) an?\b.{0,20}\b(?:shop|company|firm|contractor)|worked (?:at|for)|"
    r"(?:my|his|her) (?:first|old|last) (?:job|shop|boss)|"
    r"(?<!you )liv(?:e|es|ing) (?:right |here )?in|what (?:\w+ ){0,2}(?:folks|customers|neighbors|people|"
    r"homeowners) (?:in|from)|"
    r"requires? an? (?:\w+ )?permit|law requires|"
    r"you've got your own|(?:use|call|try) (?:him|her|them)\b|"
    r"(?:parent|sister|holding) (?:company|companies|brand)|branch(?:es)? in|franchis\w+|suppliers?|"
    r"distributors?|foundry|"
    r"(?:buy|bought|order|ordered|shipped|ships) (?:\w+ ){1,3}from|university|college|manufactur\w+ in|made in)\b",
    re.IGNORECASE,
)
#: Words with which a headline praises the town or its shop.
BOAST_AHEAD = re.compile(
    r"^(?:(?:best|top|trusted|expert|emergency|professional|affordable|reliable|local|your|fast|24/7|same-day)\s)+",
    re.IGNORECASE,
)
BOAST_BEHIND = re.compile(
    r"(?:'s)?(?:\s(?:best|top|trusted|most trusted|expert|emergency|professional|affordable|reliable|local|residential|"
    r"commercial))*$",
    re.IGNORECASE,
)
MAKERS = re.compile(r"\b(?:brands?|makes|makers|manufacturers?|models)\b", re.IGNORECASE)
TOWN = re.compile(CITY)
BRACKETS = re.compile(r"\(([^()]{8,160})\)")
#: The copyright line names the company, even below a heading for areas.
IMPRINT = re.compile(r"©|\bcopyright\b|\ball rights reserved\b", re.IGNORECASE)
WAYS = re.compile(r"(?:North|South|East|West)\s[A-Z]\w+$")
#: Reasons for urgent trips to places without planned work.
URGENT = re.compile(r"emergenc|24/7|24-hour|urgent|no[\s-](?:heat|water|power)", re.IGNORECASE)
#: Reasons for trips by appointment.
PLANNED = re.compile(
    r"tune-?up|installation|maintenance|replacement|remodel|inspection|quarterly|weekly|monthly|every (?:second|"
    r"other) \w+day|regular\w* (?:\w+ )?(?:appointments?|visits?|calls?|routes?|service|work|days?)|"
    r"\b(?:same|full) (?:\w+ )?(?:range|services?|prices|menu)\b",
    re.IGNORECASE,
)
