"""Find sentences, and decide whether a sentence asserts or denies something. Pure."""

import re

_ENDS = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'($])|\n| \| | • |;\s")
_DENIES = re.compile(
    r"\b(?:not|no longer|never|don't|do not|doesn't|does not|won't|cannot|can't|isn't|aren't|aren t|without|"
    r"unable to|except|excluding|"
    r"discontinued|stopped|stop (?:taking|accepting|serving|going)|"
    r"ceased|used to|no (?:more|new)|instead of(?=[^,:;]{0,20}$)|paus\w+|sorry,? no|"
    r"suspended|formerly|"
    r"outside (?:of )?our (?:service )?areas?|too far|previously|unavailable|declin\w+|"
    r"wait(?:ing)?[\s-]?list|(?:we|have|we've) (?:retired|dropped|ended|quit|left)|"
    r"until (?:19|20)\d\d|(?:has|have) moved to|(?:left|leave (?:it|that|this|those)) to|referred out|"
    r"(?:send|refer|point)s? (?:you|people|folks|them|customers|everybody|everyone|those|that|it|these) to|"
    r"on hold|closed to|no appointments?|(?:got|getting) out of|g[ai]ve (?:it|that|them|this) up|given up)\b",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"not only|not just|not sure|why not|can't wait|don't wait|do not wait|don't hesitate|do not hesitate|not "
    r"limited to|don't let|do not let|"
    r"don't sweat|don't panic|don't worry|not working|not cooling|not heating|won't start|won't turn|isn't "
    r"working|isn't cooling|"
    r"not turning|doesn't work|not keeping|isn't keeping|"
    r"don't get(?! (?:up|out|over|down|as far))|don't be|don't forget|never (?:\w+ ){1,4}again|never (?:wait|"
    r"worry|been|"
    r"be|pay|miss|leave)|"
    r"without (?:breaking|hassle|delay|the|a|air|heat|cooling|power|hot)|no longer (?:wait|works?|working|cools?|"
    r"heats?)|can't be beat|"
    r"don't leave|don't go|don't try|don't ignore|don't suffer|don't delay|don't miss|cannot be combined|not "
    r"valid|not be combined|"
    r"don't have to|doesn't have to|not be stuck|won't (?:be stuck|have to|leave)|don't need|no more than|can't "
    r"(?:find|get|afford)|don't settle|don't know",
    re.IGNORECASE,
)


_DENYING_HEADING = re.compile(
    r"\b(?:(?:do not|don't|does not|doesn't|no longer|not) (?:currently |yet )?(?:offer|provide|service|serve|repair|"
    r"install|do|cover|sell)|not (?:offered|included|covered|served)|what we don't|services? we (?:stopped|retired))\b",
    re.IGNORECASE,
)


#: "Janesville? Sorry, too far for us.", "Stump grinding? Call Del, we gave it up."
_REFUSES = re.compile(
    r"\W{0,3}(?:no\b(?! (?:problem|matter|worries|one|need))|nope\b|sorry\b|"
    r"not (?:this|right now|yet|at the moment|currently|now|any)\b|unfortunately\b)|"
    r"[^.!?]{0,60}\b(?:g[ai]ve (?:it|that|them) up|no longer|"
    r"(?:don't|do not|stopped) (?:do(?:ing)?|go(?:ing)?|serv\w+|offer\w*)|not any ?more|too far)\b",
    re.IGNORECASE,
)
_ENDED = re.compile(
    r"\W{0,3}(?:you(?:'ve| have) got your own|(?:is |are )?coming soon|closed to|(?:was|were) retired|(?:is|"
    r"are) (?:full|booked)|"
    r"is (?:a )?(?:different|another) (?:company|outfit|trade))\b",
    re.IGNORECASE,
)
#: "Drain and Yoncalla: no appointments before spring".
_SHUT = re.compile(
    r"\s?(?::|[\u2013\u2014-]\s)\s?(?:sorry,? )?"
    r"(?:no (?:new|more|appointments?|visits|work)|"
    r"not (?:until|before|now|yet)|closed|paused|full|booked|waiting list)\b",
    re.IGNORECASE,
)
_AS_FOR = re.compile(r"\W{0,3}(?:as for|for|when it comes to)\b", re.IGNORECASE)
_LONGEST_QUESTION = 60
#: The rest of a row of names: "Roscoe and Beloit are on hold".
_ROW = re.compile(r"(?:\s?(?:,\s?(?:and|or)?|and|or|&)\s(?:[A-Z][\w.'-]+\s?){1,3})+(?=\s|\b)")
#: "Home theater wiring isn't our line of work."
_SAYS = re.compile(r"\b(?:is|are|was|were|has|have|do|we|(?:is|are|was|were|do|does)n't)\b", re.IGNORECASE)


def refuses(text: str) -> bool:
    """Return whether an answer begins with a no."""
    return bool(_REFUSES.match(text))


def denies(heading: str) -> bool:
    """Return whether a heading introduces things that the shop does not do."""
    return bool(heading) and bool(_DENYING_HEADING.search(heading))


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of the sentence that contains a position."""
    first, last = 0, len(text)
    for match in _ENDS.finditer(text, max(0, start - 600), min(len(text), end + 600)):
        if match.end() <= start:
            first = match.end()
        elif match.start() >= end:
            last = match.start()
            break
    return first, last


def is_negative(text: str, at: int) -> bool:
    """Return whether the sentence at a position denies anything: "Richmond and Berea are outside our area"."""
    first, last = sentence_around(text, at, at + 1)
    return bool(_DENIES.search(_HARMLESS.sub(" ", text[first:last])))


def _is_refused(text: str, first: int, last: int) -> bool:
    """Return whether a sentence is a short question that the next sentence answers with no."""
    asked = text[first:last].rstrip()
    return asked.endswith("?") and len(asked) <= _LONGEST_QUESTION and bool(_REFUSES.match(text, last))


def _past_row(text: str, at: int) -> int:
    row = _ROW.match(text, at)
    return row.end() if row else at


def is_denied(text: str, start: int, end: int) -> bool:
    """Return whether the sentence denies the words of a span, before them or shortly after them."""
    first, last = sentence_around(text, start, end)
    ahead = _HARMLESS.sub(" ", text[max(first, start - 300) : start])[-160:]
    # A contrast ends the denial: "we do not repair furnaces, but we do repair boilers".
    ahead = re.split(r"\b(?:but|however|although|instead,)\b", ahead)[-1]
    if _DENIES.search(ahead):
        return True
    if _is_refused(text, first, last):
        return True
    after = _HARMLESS.sub(" ", text[_past_row(text, end) : min(last, end + 90)])
    if _ENDED.match(after) or _SHUT.match(after):
        return True
    if _AS_FOR.match(text, first):
        after = after.lstrip(" ,")  # "For ductwork, we send people to Breezeway"
    after = re.split(r"[,;]|\b(?:but|and|so|if|when|because|until)\b", after)[0]
    return bool(_SAYS.search(after) and _DENIES.search(after))
