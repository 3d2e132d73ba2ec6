"""Rules for requested records: CNAME, A, AAAA and TXT."""

import asyncio
import ipaddress
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import dns.name

from .expectation import RequestedRecord
from .lookup import MOST_ALIASES, CannotTell, Lookup
from .names import show
from .verdicts import Judgment, Verdict

#: Types that may not be next to an alias (RFC 1034, section 3.6.2).
NEXT_TO_ALIAS = ("A", "AAAA", "TXT", "MX", "NS", "SOA", "CAA", "SRV", "HTTPS")
#: Types that show that a name is in use.
_IN_USE = ("A", "AAAA", "TXT", "MX")
_OTHER_FAMILY = {"A": "AAAA", "AAAA": "A"}
#: Kinds of text of which a name may have only one (RFC 7208, 3.2; RFC 7489, 6.6.3; RFC 6376, 3.6.2.2).
_SINGLE = re.compile(r"v\s*=\s*(spf1|DMARC1|DKIM1)(?![a-z0-9])", re.IGNORECASE)
#: Addresses that a resolver with DNS64 derives from IPv4 addresses.
_DNS64 = ipaddress.ip_network("64:ff9b::/96")
MOST_SHOWN = 20
LONGEST_SHOWN = 500


@dataclass(frozen=True)
class CheckedRecord:
    """A requested record with the verdict, the reason and the values that are there."""

    requested: RequestedRecord
    judgment: Judgment
    present: tuple[str, ...]


async def check_record(
    lookup: Lookup, wanted: RequestedRecord, requested: Collection[RequestedRecord]
) -> CheckedRecord:
    """Compare a record with what DNS answers. `requested` are all records of the domain."""
    try:
        if wanted.type == "CNAME":
            judgment, present = await check_alias(lookup, wanted.name, wanted.values)
        elif wanted.type == "TXT":
            judgment, present = await _check_text(lookup, wanted)
        else:
            types = {other.type for other in requested if other.name == wanted.name}
            judgment, present = await _check_addresses(lookup, wanted, both=_OTHER_FAMILY[wanted.type] in types)
    except CannotTell as problem:
        judgment, present = Judgment(Verdict.CANNOT_TELL, str(problem)), []
    return CheckedRecord(wanted, judgment, tuple(value[:LONGEST_SHOWN] for value in present[:MOST_SHOWN]))


async def check_alias(lookup: Lookup, name: dns.name.Name, targets: Collection[str]) -> tuple[Judgment, list[str]]:
    """Compare the alias of a name with the requested target; a chain of aliases may lead to it. Raises CannotTell."""
    reply = await lookup.ask(name, "CNAME")
    own = reply.values(name, "CNAME")
    if not own:
        return await _no_alias(lookup, name, exists=reply.exists)
    if len(own) > 1:
        return _several_aliases([show(dns.name.from_text(value)) for value in own], targets)
    chain, reached = await _follow(lookup, name, targets)
    if not reached:
        return Judgment(Verdict.WRONG, f"The alias leads to {chain[-1]}, not to the requested name."), chain
    if others := await _own_records(lookup, name, NEXT_TO_ALIAS):
        return Judgment(Verdict.CONFLICT, "The requested alias is there, next to other records."), chain + others
    return Judgment(Verdict.OK, "The alias leads to the requested name."), chain


async def _no_alias(lookup: Lookup, name: dns.name.Name, *, exists: bool) -> tuple[Judgment, list[str]]:
    if exists and (others := await _own_records(lookup, name, _IN_USE, needed=("A", "AAAA"))):
        return Judgment(Verdict.WRONG, "The name has other records in place of the alias."), others
    return Judgment(Verdict.MISSING, "The name has no alias."), []


def _several_aliases(own: list[str], targets: Collection[str]) -> tuple[Judgment, list[str]]:
    if set(own) & set(targets):
        return Judgment(Verdict.CONFLICT, "The requested alias is there, next to another alias."), own
    return Judgment(Verdict.WRONG, "The name has several aliases; none leads to the requested name."), own


async def _follow(lookup: Lookup, name: dns.name.Name, targets: Collection[str]) -> tuple[list[str], bool]:
    """Return the chain of aliases, up to a requested target if it is reached."""
    chain: list[str] = []
    while aliases := (await lookup.ask(name, "CNAME")).values(name, "CNAME"):
        name = dns.name.from_text(aliases[0])
        looped = show(name) in chain or len(chain) >= MOST_ALIASES
        chain.append(show(name))
        if show(name) in targets:
            return chain, True
        if looped:
            break
    return chain, False


async def _own_records(
    lookup: Lookup, name: dns.name.Name, types: Iterable[str], *, needed: Collection[str] = ()
) -> list[str]:
    """Return the records of the name itself. Raises CannotTell only if there are none and a needed type failed."""
    types = list(types)
    replies = await asyncio.gather(*(lookup.ask(name, type_) for type_ in types), return_exceptions=True)
    own: list[str] = []
    for type_, reply in zip(types, replies, strict=True):
        if not isinstance(reply, BaseException):
            own += [f"{type_} {_shown(type_, value)}" for value in reply.values(name, type_)]
    failed = [reply for type_, reply in zip(types, replies, strict=True) if type_ in needed]
    for reply in failed:
        if isinstance(reply, BaseException) and not own:
            raise reply
    return own


async def _check_addresses(lookup: Lookup, wanted: RequestedRecord, *, both: bool) -> tuple[Judgment, list[str]]:
    other = _OTHER_FAMILY[wanted.type]
    lookup.prefetch([(wanted.name, other), (wanted.name, "CNAME")])
    resolved = await lookup.resolve(wanted.name, wanted.type)
    present = list(dict.fromkeys(_shown(wanted.type, value) for value in resolved.values))
    judgment = _compare(wanted, present, aliases=resolved.aliases)
    if judgment.verdict != Verdict.OK:
        return judgment, present or list(resolved.aliases)
    if not resolved.aliases and await _own_records(lookup, wanted.name, ["CNAME"]):
        return Judgment(Verdict.CONFLICT, "The requested address is there, next to an alias."), present
    if not both and (strays := await _strays(lookup, wanted, other)):
        reason = f"The requested address is there, but the {other} record sends some visitors elsewhere."
        return Judgment(Verdict.CONFLICT, reason), present + [f"{other} {value}" for value in strays]
    return judgment, present


def _compare(wanted: RequestedRecord, present: list[str], *, aliases: Collection[str]) -> Judgment:
    ours = wanted.values & set(present)
    if not present:
        if aliases:
            return Judgment(Verdict.WRONG, "The name is an alias of a name without an address.")
        return Judgment(Verdict.MISSING, f"The name has no {wanted.type} record.")
    if not ours:
        return Judgment(Verdict.WRONG, "The name has another address.")
    if set(present) - wanted.values:
        return Judgment(Verdict.CONFLICT, "The requested address is there, next to another address.")
    if wanted.values - ours:
        return Judgment(Verdict.MISSING, "Some of the requested addresses are missing.")
    return Judgment(Verdict.OK, "The name has the requested address.")


async def _strays(lookup: Lookup, wanted: RequestedRecord, other: str) -> list[str]:
    """Return addresses of the other family, which was not requested. A failure counts as none."""
    try:
        values = (await lookup.resolve(wanted.name, other)).values
    except CannotTell:
        return []
    derived = {str(_DNS64[int(ipaddress.IPv4Address(value))]) for value in wanted.values if wanted.type == "A"}
    return [shown for value in values if (shown := _shown(other, value)) not in derived]


async def _check_text(lookup: Lookup, wanted: RequestedRecord) -> tuple[Judgment, list[str]]:
    resolved = await lookup.resolve(wanted.name, "TXT")
    present, aliases = list(resolved.values), list(resolved.aliases)
    if aliases and not present:
        return Judgment(Verdict.WRONG, "The name is an alias of a name without the text."), aliases
    judgment = _compare_text(wanted, present)
    if judgment.verdict == Verdict.OK and not aliases and await _own_records(lookup, wanted.name, ["CNAME"]):
        judgment = Judgment(Verdict.CONFLICT, "The requested text is there, next to an alias.")
    return judgment, present


def _compare_text(wanted: RequestedRecord, present: list[str]) -> Judgment:
    kinds = {_kind(value) for value in wanted.values}
    # Records of a kind such as SPF are independent of other texts.
    relevant = [value for value in present if "" in kinds or _kind(value) in kinds]
    ours = wanted.values & set(relevant)
    if not relevant:
        return Judgment(Verdict.MISSING, "The name does not have the requested text.")
    if not ours:
        return Judgment(Verdict.WRONG, "The name has another text in place of the requested one.")
    if any(kind and _count(kind, present) > _count(kind, wanted.values) for kind in kinds):
        return Judgment(Verdict.CONFLICT, "The requested text is there, next to a second one of its kind.")
    if wanted.values - ours:
        return Judgment(Verdict.MISSING, "Some of the requested texts are missing.")
    return Judgment(Verdict.OK, "The name has the requested text.")


def _kind(text: str) -> str:
    match = _SINGLE.match(text)
    return match[1].lower() if match else ""


def _count(kind: str, texts: Iterable[str]) -> int:
    return sum(_kind(text) == kind for text in texts)


def _shown(type_: str, value: str) -> str:
    if type_ in ("A", "AAAA"):
        return str(ipaddress.ip_address(value))
    return value
