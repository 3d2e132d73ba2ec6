"""Promise 12 at the door: every address, asked by every role, for what is theirs, another's, and nobody's.

The table is made from the addresses themselves, so a new page is in it the moment it has one. It fails until
`addresses.DOORS` says who may ask for it.
"""

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from http.cookies import SimpleCookie
from itertools import batched

import pytest
from django.db import connection, transaction
from django.test import Client

from pagetojob.platform.tenants.models import Tenant

from .addresses import (
    ADMIN,
    ANONYMOUS,
    DESK,
    EDITOR,
    EVERYBODY,
    MEMBERS,
    OWNER,
    REVIEWER,
    ROLES,
    SIGNED_IN,
    STRANGER,
    Address,
    addresses,
)
from .world import Holding, client_of, settle, unknown

METHODS = ("GET", "POST")
#: A refusal does not depend on which of the refused roles asks, nor a public page on who reads it. Nightly all ask.
ALIKE_ASKED = 2
#: What changes from answer to answer although it is the same one. The answer to a POST names its address.
_CHANCE = re.compile(rb'value="[A-Za-z0-9]{64}"|nonce-[\w-]+|nonce="[^"]*"|data-form-page="[^"]*"')


@dataclass(frozen=True)
class Cell:
    """One question of the table and what came back."""

    address: Address
    method: str
    whose: str
    path: str
    status: int
    location: str
    body: bytes

    @property
    def kind(self) -> str:
        if self.status == HTTPStatus.METHOD_NOT_ALLOWED:
            return "no such method"
        if self.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            return "broken"
        if self.location.startswith(("/account/sign-in", "/admin/login")) or b'"next": "/account/sign-in' in self.body:
            return "sign in"
        if self.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
            return "absent"
        # Django admin: a row that is not there leads to the start, an old form of an address to the new one.
        return "absent" if self.location in {"/admin/", f"{self.path}change/"} else "page"

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.whose}): {self.status}"


@pytest.fixture
def here(tenant: Tenant) -> Holding:
    return settle(tenant, "Quetzal")


@pytest.fixture
def there(other_tenant: Tenant) -> Holding:
    return settle(other_tenant, "Wombat")


def ask(
    client: Client, address: Address, whose: str, ids: dict[str, str], methods: Iterable[str] = METHODS
) -> Iterator[Cell]:
    """Yield the answer of each method; rows and the session are as before afterwards.

    The caller has opened an atomic block: going back to its savepoint is one statement, a block for each request three.
    """
    signed_in = {name: morsel.value for name, morsel in client.cookies.items()}
    path = address.filled(ids)
    for method in methods:
        answer = client.generic(method, path)
        body = b"".join(answer) if answer.streaming else answer.content
        transaction.set_rollback(False)  # a block in the view may have asked for it, and then no statement is allowed
        transaction.savepoint_rollback(connection.savepoint_ids[-1])
        client.cookies = SimpleCookie(signed_in)
        yield Cell(address, method, whose, path, answer.status_code, answer.headers.get("Location", ""), body)


def is_setup(address: Address, role: str) -> bool:
    """Whether a staff admin sets up all contractors there."""
    return role == ADMIN and address.name.startswith(("onboarding:", "domains:"))


def wanted(cell: Cell, role: str) -> set[str]:
    """The kinds of answer that are right for this role; a method that is not there tells nobody anything."""
    staff_pages, audience = cell.address.name.startswith("admin:"), cell.address.audience
    inside = role in audience and (
        cell.whose != "foreign" or role in DESK or is_setup(cell.address, role) or audience in {EVERYBODY, SIGNED_IN}
    )
    right = {"no such method"}
    if audience == EVERYBODY:
        right |= {"page", "absent", "sign in"}
    elif inside and (audience == SIGNED_IN or staff_pages):
        # About oneself, what is found is one's own or nothing; staff may know of all that the admin lists.
        right |= {"page", "absent"}
    elif inside and cell.address.name == "portal:choose":  # which one stands in the form, and none does here
        right |= {"absent"}
    elif inside:
        right |= {"absent" if cell.whose == "unknown" and cell.address.blanks else "page"}
    elif role == ANONYMOUS or (staff_pages and role not in {EDITOR, ADMIN}):
        right |= {"sign in", "absent"}
    else:
        right |= {"absent"}
    return right


#: Making two tenants with everything in them takes as long as asking a role's questions, so roles share them.
GROUPS = [pytest.param(roles, id="-".join(roles)) for roles in batched(ROLES, 3, strict=False)]


@pytest.mark.parametrize(
    "complete", [pytest.param(False, id="in-turn"), pytest.param(True, id="complete", marks=pytest.mark.nightly)]
)
@pytest.mark.parametrize("roles", GROUPS)
def test_no_cell_of_the_table_is_wrong(
    roles: Sequence[str], complete: bool, request: pytest.FixtureRequest, here: Holding, there: Holding
) -> None:
    for role in roles:
        client = client_of(role, request)
        with transaction.atomic():
            wrong, cells = judged(role, client, here, there, complete=complete)
        assert (role, wrong) == (role, [])
        assert cells > 150


def judged(role: str, client: Client, here: Holding, there: Holding, *, complete: bool) -> tuple[list[str], int]:
    """Ask every address as this role; return what is wrong, and how many answers came."""
    mine, other = (there, here) if role == STRANGER else (here, there)
    wrong, cells = [], 0
    for address in addresses():
        assert address.audience, f"nobody has said who may ask for {address.name} ({address.route})"
        answers: dict[str, list[Cell]] = {}
        asked, methods = questions(role, address, mine, other, complete=complete), list(METHODS)
        for whose, ids in asked.items():
            answers[whose] = list(ask(client, address, whose, ids, methods))
            if whose == "own" and not complete:
                # Refused before the view reads a row. The same answer about a foreign row may come from the view.
                methods = [cell.method for cell in answers[whose] if cell.kind != "no such method"]
            for cell in answers[whose]:
                cells += 1
                if cell.kind not in wanted(cell, role):
                    wrong.append(f"{cell}, wanted {sorted(wanted(cell, role))}")
                wrong += [f"{cell} shows {word}" for word in told(cell, role, mine, other)]
        if is_compared(address, role, complete=complete) and "foreign" in asked:
            wrong += unlike(answers["foreign"], other.ids, answers["unknown"], asked["unknown"])
    return wrong, cells


def questions(
    role: str, address: Address, mine: Holding, other: Holding, *, complete: bool
) -> dict[str, dict[str, str]]:
    """Return whose rows to ask the address for, with the ids of these: own rows first."""
    if not (complete or asks(address, role)):
        return {}
    asked = {"own": mine.ids}
    if not address.names_rows:
        return asked
    if complete or asks_both(address, role):
        asked["foreign"] = other.ids
    elif in_turn(address, role) < 1:
        asked = {"foreign": other.ids} if role not in MEMBERS else asked | {"foreign": other.ids}
    # Whoever may not open the page at all is refused before the row is looked for.
    may_open = role in address.audience and (complete or role in MEMBERS or in_turn(address, role) == 0)
    if may_open or (is_compared(address, role, complete=complete) and "foreign" in asked):
        asked["unknown"] = unknown(other)
    return asked


def asks(address: Address, role: str) -> bool:
    """Whether this role asks in every run: two of the roles that a page refuses, or of all that a public page has."""
    return (role in address.audience and address.audience != EVERYBODY) or in_turn(address, role) < ALIKE_ASKED


def in_turn(address: Address, role: str) -> int:
    """Return the place of this role among those that the page treats alike; each page begins with another role."""
    alike = [other for other in ROLES if (other in address.audience) == (role in address.audience)]
    return (alike.index(role) + zlib.crc32(address.name.encode())) % len(alike)


def test_each_page_is_asked_for_both_tenants_rows_and_by_those_it_refuses() -> None:
    nothing = Holding(Tenant(), {}, (), "")
    for address in addresses():
        asked = {role: set(questions(role, address, nothing, nothing, complete=False)) for role in ROLES}
        complete = {role: set(questions(role, address, nothing, nothing, complete=True)) for role in ROLES}
        needed = {"own", "foreign"} if address.names_rows else {"own"}
        assert set.union(*(asked[role] for role in address.audience)) >= needed, address.name
        assert all(needed <= whose for whose in complete.values()), address.name
        refused = [role for role in ROLES if role not in address.audience]
        assert sum(bool(asked[role]) for role in refused) >= min(ALIKE_ASKED, len(refused)), address.name
        assert all(asked[role] for role in address.audience) or address.audience == EVERYBODY, address.name


def asks_both(address: Address, role: str) -> bool:
    """Whether the two tenants' rows are different questions to this role, so that every run asks for both.

    The desk and other staff belong to neither tenant, so one role that may open the page asks for the row of the second
    tenant instead of the first one's, unless it is the only one.
    """
    if address.audience in (EVERYBODY, frozenset({role})):
        return True
    return role in MEMBERS and bool(address.audience & MEMBERS)


def told(cell: Cell, role: str, mine: Holding, other: Holding) -> list[str]:
    """The words this answer holds that this role may not read there."""
    if role in DESK:
        kept = () if cell.address.name.endswith("unmask") else (*mine.personal, *other.personal)
    elif role in {OWNER, REVIEWER, STRANGER}:
        kept = other.secrets
    else:
        kept = (*mine.secrets, *other.secrets)
    if role == ADMIN and cell.address.name.startswith("admin:accounts_invitation"):  # who invites sees whom
        kept = tuple(word for word in kept if not word.endswith("-invited"))
    return [word for word in kept if word.encode() in cell.body]


def is_compared(address: Address, role: str, *, complete: bool) -> bool:
    """Whether the address must not let this role tell another tenant's row from no row, and this run asks that."""
    if role in DESK or not (complete or role in {OWNER, STRANGER}):
        return False
    return address.names_rows and address.audience != EVERYBODY and not is_setup(address, role)


def unlike(foreign: list[Cell], ids: dict[str, str], missing: list[Cell], missing_ids: dict[str, str]) -> list[str]:
    """Return the pairs of answers that differ in more than the ids that were asked for."""
    by_method = {cell.method: cell for cell in foreign}
    return [
        f"{by_method[cell.method]} but {cell}"
        for cell in missing
        if plain(by_method[cell.method], ids) != plain(cell, missing_ids)
    ]


def plain(cell: Cell, ids: dict[str, str]) -> tuple[int, str, str]:
    """The answer without what the question itself said and without chance."""
    location = _any_of(frozenset(ids.values())).sub("ID", cell.location)
    # A short number stands in a page for other reasons too.
    long = _any_of(frozenset(value for value in ids.values() if len(value) > 4))
    return cell.status, location, long.sub("ID", _CHANCE.sub(b"", cell.body).decode("latin-1"))


@cache
def _any_of(values: frozenset[str]) -> re.Pattern[str]:
    """Return an expression for any of these values as a whole word; compiling one for each value took longer."""
    longest_first = sorted(filter(None, values), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w-])", re.ASCII)
