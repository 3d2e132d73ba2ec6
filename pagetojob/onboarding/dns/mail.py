"""Rules for DKIM, DMARC and MX of a sender domain."""

import asyncio
import ipaddress
import re

import dns.name

from .expectation import RequestedKey
from .lookup import CannotTell, Lookup
from .names import BadName, parse_name, show
from .records import check_alias
from .verdicts import Judgment, Verdict

_DMARC = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(;|\Z)")
POLICIES = frozenset({"none", "quarantine", "reject"})
#: A receiver asks this many names for a policy (RFC 9989, section 4.10).
MOST_DMARC_NAMES = 8
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}\Z")


async def check_dkim(lookup: Lookup, key: RequestedKey) -> Judgment:
    """Judge one selector: its name must be an alias of ours, and the key behind it not revoked."""
    try:
        judgment, present = await check_alias(lookup, key.name, {key.target})
        if judgment.verdict == Verdict.OK:
            return await _check_key(lookup, key) or judgment
    except CannotTell as problem:
        return Judgment(Verdict.CANNOT_TELL, str(problem))
    if judgment.verdict == Verdict.WRONG and any(value.startswith("TXT ") for value in present):
        text = next(value for value in present if value.startswith("TXT ")).removeprefix("TXT ")
        return Judgment(Verdict.WRONG, f"The name has a text record in place of the alias: {_describe_key(text)}.")
    return judgment


async def _check_key(lookup: Lookup, key: RequestedKey) -> Judgment | None:
    """Return a judgment if the key behind the alias is revoked. A key that cannot be read counts as usable."""
    try:
        texts = (await lookup.resolve(key.name, "TXT")).values
    except CannotTell:
        return None
    if texts and all(_describe_key(text) == "a revoked key" for text in texts):
        return Judgment(Verdict.WRONG, "The alias leads to the requested name, which has a revoked key.")
    return None


def _describe_key(text: str) -> str:
    """Return what a text is as a DKIM key (RFC 6376, section 3.6.1)."""
    tags = _tags(text)
    if tags is None or "p" not in tags or tags.get("v", "DKIM1") != "DKIM1":
        return "no valid key"
    if not tags["p"]:
        return "a revoked key"
    return "a key" if _BASE64.match(re.sub(r"\s", "", tags["p"])) else "no valid key"


def _tags(text: str) -> dict[str, str] | None:
    """Return the tags of a list such as "v=DKIM1; p=…", or None if it is none."""
    tags: dict[str, str] = {}
    parts = text.split(";")
    for place, part in enumerate(parts):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not part.strip() and place == len(parts) - 1:
            break
        if not equals or not name or name in tags:
            return None
        tags[name] = value.strip()
    return tags


async def check_dmarc(lookup: Lookup, sender: dns.name.Name) -> Judgment:
    """Judge the DMARC policy of the sender, or of the nearest domain above it that has one."""
    try:
        for domain in _dmarc_domains(sender):
            texts = (await lookup.resolve(dns.name.Name([b"_dmarc", *domain.labels]), "TXT")).values
            records = [text for text in texts if _DMARC.match(text)]
            if len(records) > 1:
                return Judgment(Verdict.CONFLICT, f"{show(domain)} has more than one DMARC record.")
            if records:
                return await _judge_policy(lookup, records[0], domain, sender)
            if domain == sender and any("dmarc1" in text.lower() for text in texts):
                return Judgment(Verdict.WRONG, "The record does not begin with “v=DMARC1;”, so receivers ignore it.")
    except (CannotTell, dns.name.NameTooLong) as problem:
        return Judgment(Verdict.CANNOT_TELL, str(problem))
    return Judgment(Verdict.MISSING, "The domain has no DMARC record.")


def _dmarc_domains(sender: dns.name.Name) -> list[dns.name.Name]:
    """Return the sender and the domains above it, without the top-level domain."""
    above = [dns.name.Name(sender.labels[place:]) for place in range(1, len(sender.labels) - 2)]
    return [sender, *above[-(MOST_DMARC_NAMES - 1) :]]


async def _judge_policy(lookup: Lookup, record: str, domain: dns.name.Name, sender: dns.name.Name) -> Judgment:
    tags = {
        name.strip().lower(): value.strip() for name, _, value in (part.partition("=") for part in record.split(";"))
    }
    policy = tags.get("p", "").lower()
    if policy not in POLICIES:
        named = f"“{policy[:30]}” is not a policy" if policy else "It has no policy (p=)"
        return Judgment(Verdict.WRONG, f"The DMARC record of {show(domain)} is not valid: {named}.")
    if domain != sender and tags.get("sp", "").lower() in POLICIES:
        policy = tags["sp"].lower()
    reason = f"The policy of {show(domain)} is “{policy}”."
    if denied := await _denied_reports(lookup, tags.get("rua", ""), domain):
        reason += f" {denied} does not accept reports about it."
    return Judgment(Verdict.OK, reason)


async def _denied_reports(lookup: Lookup, addresses: str, domain: dns.name.Name) -> str:
    """Return a domain that is to receive reports and has not agreed to it (RFC 9990, section 4), or an empty text."""
    for address in addresses.split(",")[:5]:
        host = address.strip().lower().removeprefix("mailto:").rpartition("@")[2].partition("!")[0]
        try:
            receiver = parse_name(host)
            if receiver.is_subdomain(domain) or domain.is_subdomain(receiver):
                continue
            agreed = parse_name(f"{show(domain)}._report._dmarc.{show(receiver)}")
            if not any(_DMARC.match(text) for text in (await lookup.resolve(agreed, "TXT")).values):
                return show(receiver)
        except (BadName, CannotTell):
            continue
    return ""


async def check_mx(lookup: Lookup, sender: dns.name.Name) -> Judgment:
    """Judge whether the sender domain can receive mail, such as replies and reports of failed delivery."""
    try:
        hosts = [value.split(" ", 1)[1] for value in (await lookup.resolve(sender, "MX")).values]
    except CannotTell as problem:
        return Judgment(Verdict.CANNOT_TELL, str(problem))
    if not hosts:
        return Judgment(Verdict.MISSING, "The domain has no MX record, so replies may not arrive.")
    if "." in hosts:
        if len(hosts) > 1:
            return Judgment(Verdict.CONFLICT, "An MX record refuses all mail; another names a server.")
        return Judgment(Verdict.WRONG, "The MX record refuses all mail.")
    judgments = await asyncio.gather(*(_check_mail_server(lookup, host) for host in hosts[:20]))
    for verdict in (Verdict.WRONG, Verdict.CANNOT_TELL):
        for judgment in judgments:
            if judgment.verdict == verdict:
                return judgment
    return Judgment(Verdict.OK, f"The domain receives mail at {show(dns.name.from_text(hosts[0]))}.")


async def _check_mail_server(lookup: Lookup, host: str) -> Judgment:
    name = dns.name.from_text(host)
    try:
        ipaddress.ip_address(show(name))
    except ValueError:
        pass
    else:
        return Judgment(Verdict.WRONG, f"The MX record names the address {show(name)}; it must name a host.")
    try:
        if (await lookup.ask(name, "CNAME")).values(name, "CNAME"):
            return Judgment(Verdict.WRONG, f"The mail server {show(name)} is an alias, which MX records must not name.")
        lookup.prefetch([(name, "AAAA")])
        addresses = (await lookup.resolve(name, "A")).values or (await lookup.resolve(name, "AAAA")).values
    except CannotTell as problem:
        return Judgment(Verdict.CANNOT_TELL, str(problem))
    if not addresses:
        return Judgment(Verdict.WRONG, f"The mail server {show(name)} has no address.")
    return Judgment(Verdict.OK, f"The mail server {show(name)} has an address.")
