"""The records that we requested for a domain, read from JSON."""

import ipaddress
from dataclasses import dataclass
from typing import Any

import dns.name

from pagetojob.platform import strict_json

from .names import BadName, name_within, parse_name, show

RECORD_TYPES = ("CNAME", "A", "AAAA", "TXT")
MOST_BYTES = 256 * 1024
MOST_RECORDS = 50
MOST_VALUES = 20
MOST_SELECTORS = 10
LONGEST_TEXT = 4096


class BadExpectation(Exception):
    """Raised for an expectation that cannot be checked. The message names the key."""


@dataclass(frozen=True)
class RequestedRecord:
    """A record that the domain must have. `label` is its name as written; `values` are normalized."""

    label: str
    name: dns.name.Name
    type: str
    values: frozenset[str]


@dataclass(frozen=True)
class RequestedKey:
    """A DKIM selector that must be an alias of our name."""

    selector: str
    name: dns.name.Name
    target: str


@dataclass(frozen=True)
class Expectation:
    """All that we requested for a domain. Without a `sender`, mail is not checked."""

    domain: dns.name.Name
    records: tuple[RequestedRecord, ...]
    sender: dns.name.Name | None
    spf_include: str | None
    keys: tuple[RequestedKey, ...]


def parse_expectation(data: bytes) -> Expectation:
    """Parse the file of `check_domain --expect`. Raises BadExpectation."""
    if len(data) > MOST_BYTES:
        raise BadExpectation(f"The file is larger than {MOST_BYTES // 1024} kB.")
    try:
        document = strict_json.loads(data)
    except strict_json.BadJson as error:
        raise BadExpectation(str(error)) from None
    return read_expectation(document)


def read_expectation(document: Any) -> Expectation:
    """Return the expectation that a JSON value describes. Raises BadExpectation."""
    domain = _name(_text(document, "domain"), "domain")
    listed = _list(document, "records", MOST_RECORDS)
    records = tuple(_record(entry, domain, f"records[{place}]") for place, entry in enumerate(listed))
    if "sender" not in document:
        raise BadExpectation('The key "sender" is missing: a domain, or null.')
    if document["sender"] is None:
        return Expectation(domain, records, None, None, _keys(document, domain) if "dkim" in document else ())
    sender = _name(_text(document, "sender"), "sender")
    include = show(_name(_text(document, "spf_include"), "spf_include"))
    return Expectation(domain, records, sender, include, _keys(document, sender))


def _keys(document: Any, sender: dns.name.Name) -> tuple[RequestedKey, ...]:
    keys = []
    for place, entry in enumerate(_list(document, "dkim", MOST_SELECTORS)):
        where = f"dkim[{place}]"
        selector = _text(entry, "selector", where)
        target = show(_name(_text(entry, "cname", where), f"{where}.cname"))
        name = _name(f"{selector}._domainkey.{show(sender)}", f"{where}.selector")
        keys.append(RequestedKey(selector, name, target))
    return tuple(keys)


def _record(entry: Any, domain: dns.name.Name, where: str) -> RequestedRecord:
    label, type_ = _text(entry, "name", where), _text(entry, "type", where)
    if type_ not in RECORD_TYPES:
        raise BadExpectation(f"{where}.type must be one of {', '.join(RECORD_TYPES)}.")
    values = _list(entry, "values", MOST_VALUES, where)
    if not values or not all(isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT for value in values):
        raise BadExpectation(f"{where}.values must be a list of at least one string.")
    try:
        name = name_within(domain, label)
        return RequestedRecord(label, name, type_, frozenset(_normal(type_, value) for value in values))
    except ValueError as error:
        raise BadExpectation(f"{where}: {error}") from None


def _normal(type_: str, value: str) -> str:
    match type_:
        case "CNAME":
            return show(parse_name(value))
        case "A":
            return str(ipaddress.IPv4Address(value.strip()))
        case "AAAA":
            return str(ipaddress.IPv6Address(value.strip()))
        case _:
            return value


def _name(typed: str, where: str) -> dns.name.Name:
    try:
        return parse_name(typed)
    except BadName as error:
        raise BadExpectation(f"{where}: {error}") from None


def _get(entry: Any, key: str, where: str) -> Any:
    if not isinstance(entry, dict):
        raise BadExpectation(f"{where or 'The file'} must be a JSON object.")
    if key not in entry:
        raise BadExpectation(f'{where}: the key "{key}" is missing.' if where else f'The key "{key}" is missing.')
    return entry[key]


def _text(entry: Any, key: str, where: str = "") -> str:
    value = _get(entry, key, where)
    if not isinstance(value, str) or not value.strip():
        raise BadExpectation(f"{where + '.' if where else ''}{key} must be a string that is not empty.")
    return value


def _list(entry: Any, key: str, most: int, where: str = "") -> list[Any]:
    value = _get(entry, key, where)
    if not isinstance(value, list) or len(value) > most:
        raise BadExpectation(f"{where + '.' if where else ''}{key} must be a list of at most {most} entries.")
    return value
