"""Counts the three shares by which the noise of a business is ordinary (docs/decisions/0197)."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

from attribution.linkage import pipeline

from .folders import Business, read_folder

LEAST_CONTACTS, LEAST_NAMES, MOST_UNRELATED = 0.85, 0.93, 0.01
_SHARES = """
SELECT avg(CAST((len(phones) > 0)::INT + (len(emails) > 0)::INT + (house IS NOT NULL)::INT >= 2 AS INT)),
    avg(CAST(len(words) > 1 AS INT)) FROM leads
"""
_KEYS = """
CREATE TABLE {kind}_keys AS
SELECT n, 'phone' AS sort, unnest(phones) AS key FROM {kind}
UNION SELECT n, 'email', unnest(emails) FROM {kind}
UNION SELECT n, 'street', house || ' ' || root FROM {kind} WHERE house IS NOT NULL
UNION SELECT n, 'name', unnest(given) || ' ' || last FROM {kind} WHERE last IS NOT NULL
"""
#: Jobs of the 90 days after a request whose customer has two of name, phone, email and street in common with it.
#: Contacts that many people share, such as a manager's, make no one certain.
_CERTAIN_PEOPLE = """
WITH certain AS (
    SELECT x.n AS l, y.n AS j FROM leads_keys x JOIN jobs_keys y USING (sort, key)
    GROUP BY x.n, y.n HAVING count(DISTINCT sort) >= 2
)
SELECT leads.id, jobs.id FROM certain JOIN leads ON leads.n = l JOIN jobs ON jobs.n = j
WHERE datediff('day', leads.seen_on, jobs.seen_on) BETWEEN 0 AND 90 AND NOT leads.phone_shared
    AND NOT leads.email_shared AND coalesce(jobs.status, '') NOT LIKE '%cancel%'
ORDER BY jobs.seen_at, jobs.id
"""


@dataclass(frozen=True)
class Noise:
    """Shares: leads with two contacts, leads with both names, and first jobs of certain people that are unrelated."""

    contacts: float
    names: float
    unrelated: float

    @property
    def ordinary(self) -> bool:
        return self.contacts >= LEAST_CONTACTS and self.names >= LEAST_NAMES and self.unrelated <= MOST_UNRELATED

    def __str__(self) -> str:
        return f"contacts {self.contacts:.3f}, names {self.names:.3f}, unrelated {self.unrelated:.3f}"


def noise(folder: Path) -> Noise:
    """Count the shares of a folder that `folders.read_folder` reads."""
    business = read_folder(folder)
    db = duckdb.connect()
    with tempfile.TemporaryDirectory() as work:
        pipeline.read(db, business.files, Path(work))
        pipeline.normalize(db, business.files)
        contacts, names = db.execute(_SHARES).fetchall()[0]
        for kind in ("leads", "jobs"):
            db.execute(_KEYS.format(kind=kind))
        pairs = db.execute(_CERTAIN_PEOPLE).fetchall()
    return Noise(float(contacts), float(names), _unrelated(business, pairs))


def _unrelated(business: Business, pairs: list[tuple[str, str]]) -> float:
    """Return the share of requests after which the first job of certain people resulted from no request."""
    first: dict[str, str] = {}
    for lead, job in pairs:
        first.setdefault(business.request(lead), job)
    counted = [(lead, job) for lead, job in first.items() if (lead, job) not in business.unclear]
    return sum(job not in business.truth for _, job in counted) / max(1, len(counted))
