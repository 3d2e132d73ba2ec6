"""Recognize prices and discounts of other parties. Pure."""

import re

#: Prices of others, quoted as bad examples.
PRICES_OF_OTHERS = re.compile(
    r"\b(?:postcards?|mailers?|national (?:chain|company|brand)s?|"
    r"big (?:names?|guys?|boys|outfits?|brands?)|competitors?|somebody(?:'s| else)|someone else(?:'s)?|big[\s-]box|"
    r"beware|watch out for|too good to be true|box stores?|home (?:center|depot)|hardware stores?|lowe's|amazon|"
    r"other (?:guys?|outfits?|compan(?:y|ies)|shops?|quotes?)|"
    r"(?:another|a different) (?:company|shop|outfit|contractor)|"
    r"(?:labs?|county|city|state|stores?|dealers?|inspectors?|utility|landfill|dump)\b[^.$]{0,40} (?:charges?|"
    r"wants?|asks?|gets)\b|"
    r"^(?:the|your|an?) (?:\w+ )?(?:lab|county|city|state|store|dealer|inspector|utility|landfill)(?: (?:in|at|"
    r"on) \w+)? [a-z]+s\b|"
    r"(?:their|his|whose) (?:ad|ads|price|quote)|ads? says?|will you match)\b",
    re.IGNORECASE,
)
_OF_OTHERS = re.compile(
    r"(?:^|[.!?]\s)(?:The )?(?!We\b|Our\b|I\b|You\b|It\b|This\b|Now\b|"
    r"Membership\b)[A-Z][\w&'.-]+(?: (?:[A-Z][\w&'.-]+|and|of)){0,4} "
    r"(?:pays?|gives?|offers?|covers?|sends?|will (?:pay|send|give)|is (?:paying|offering)) (?:you |homeowners |"
    r"customers )?"
    r"(?:back )?(?:up to |an? )?(?:instant )?\$[\d,]+(?: \w+){0,2} (?:rebates?|credits?|back|incentives?|toward)\b"
)
_PAID = re.compile(
    r"\b(?:utilit(?:y|ies)|makers?|manufacturers?|state|federal|county|city)\b[^.$]{0,40}"
    r"\b(?:pa(?:ys?|id)|g[ai]ves?|offer(?:s|ed)?|covers?)\b[^.$]{0,20}\$",
    re.IGNORECASE,
)
_ADVERTISED = re.compile(
    r"\b(?:competitors?|chains?|other (?:guys?|compan(?:y|ies)|outfits?|shops?|fellas?))(?:'s?)?\b[^.!?$]{0,40}\$|"
    r"\b(?:get|got|see|seen|saw|from) (?:\w+ )?(?:flyers?|postcards?|mailers?)\b[^.!?$]{0,60}\$",
    re.IGNORECASE,
)


def is_of_others(text: str) -> bool:
    """Return whether a text describes what another party gives.

    Examples: "Xcel pays a $400 rebate on a new furnace", "a competitor's flyer offers a $29 tune-up".
    """
    return bool(_OF_OTHERS.search(text) or _ADVERTISED.search(text) or _PAID.search(text))
