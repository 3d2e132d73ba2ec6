"""In-memory data of the simulator: rows by ID per tenant, with a sequence number for every change of a row."""

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from .faults import Dice, Plan
from .seed import first_rows

type Row = dict[str, Any]


def stamp(moment: float) -> str:
    """Format a time as the API does: UTC with Z."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Table:
    """Rows of one kind. `born` holds the creation time of each row, `changed` the number of its last change."""

    rows: dict[int, Row] = field(default_factory=dict)
    born: dict[int, float] = field(default_factory=dict)
    changed: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """A received request as the page shows it: no headers, no body, no query string."""

    at: float
    tenant: str
    method: str
    path: str
    status: int
    fault: str


class Account:
    """Account of one tenant. Accepts several bookings with one reference, as public sources do not rule it out."""

    def __init__(self, tenant: str, *, now: float) -> None:
        self.tenant = tenant
        self.plan = Plan()
        self.dice = Dice(tenant, self.plan)
        self.tables: dict[str, Table] = {}
        self.contacts: dict[int, list[Row]] = {}
        self.calls: Counter[int] = Counter()
        #: Requests that do not follow the documentation, by what is wrong with them.
        self.mistakes: Counter[str] = Counter()
        self._numbers = count(1)
        self._ids = count(int(tenant) % 1000 * 1_000_000 + 700_000 if tenant.isdecimal() else 700_000)
        for name, rows in first_rows().items():
            for row in rows:
                self.put(name, row, now=now)

    def use(self, plan: Plan) -> None:
        """Switch to another plan and restart its random numbers."""
        self.plan, self.dice = plan, Dice(self.tenant, plan)

    def table(self, name: str) -> Table:
        return self.tables.setdefault(name, Table())

    def next_id(self) -> int:
        return next(self._ids)

    def put(self, name: str, row: Row, *, now: float) -> Row:
        """Add or replace a row, set its timestamps, and give the change the next number."""
        table, key = self.table(name), row["id"]
        table.born.setdefault(key, now)
        row.setdefault("createdOn", stamp(now))
        row["modifiedOn"] = stamp(now)
        table.rows[key] = row
        table.changed[key] = next(self._numbers)
        return row

    def visible(self, name: str, *, now: float) -> list[Row]:
        """Return the rows that a client can see. Rows newer than `stale_seconds` are not visible yet."""
        table = self.table(name)
        return [row for key, row in table.rows.items() if now - table.born[key] >= self.plan.stale_seconds]

    def changes(self, name: str, *, after: int, now: float) -> list[tuple[int, Row]]:
        """Return (number, row) of all changes after a number, in order."""
        table = self.table(name)
        visible = {row["id"] for row in self.visible(name, now=now)}
        return sorted(
            ((number, table.rows[key]) for key, number in table.changed.items() if number > after and key in visible),
            key=lambda change: change[0],
        )

    def duplicates(self) -> int:
        """Return the number of bookings beyond the first with the same provider and reference."""
        seen = Counter((row["bookingProviderId"], row["externalId"]) for row in self.table("bookings").rows.values())
        return sum(times - 1 for times in seen.values())

    def fastest_second(self) -> int:
        return max(self.calls.values(), default=0)


class Book:
    """All accounts, their tokens and the latest requests."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Delete all data."""
        self.accounts: dict[str, Account] = {}
        self.tokens: dict[str, tuple[str, float]] = {}
        self.token_requests: Counter[str] = Counter()
        self.seen: deque[Seen] = deque(maxlen=500)
        self.requests = 0

    def account(self, tenant: str, *, now: float) -> Account:
        if tenant not in self.accounts:
            self.accounts[tenant] = Account(tenant, now=now)
        return self.accounts[tenant]

    def note(self, seen: Seen) -> None:
        self.requests += 1
        self.seen.appendleft(seen)
