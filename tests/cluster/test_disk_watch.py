"""A primary leaves a disk that is nearly full, and nothing else does."""

import pytest

from deploy.cluster.disk_watch import LEAST_FREE_BYTES, target

MEMBERS = [
    {"name": "database-1", "role": "leader", "state": "running"},
    {"name": "database-2", "role": "sync_standby", "state": "streaming"},
    {"name": "database-3", "role": "replica", "state": "streaming"},
]


def test_a_primary_with_a_full_disk_is_replaced_by_the_synchronous_standby() -> None:
    assert target(LEAST_FREE_BYTES - 1, "database-1", MEMBERS) == "database-2"


@pytest.mark.parametrize(
    ("free_bytes", "name", "members"),
    [
        (LEAST_FREE_BYTES, "database-1", MEMBERS),
        (0, "database-2", MEMBERS),
        (0, "database-1", [MEMBERS[0], MEMBERS[2]]),
        (0, "database-1", [MEMBERS[0], MEMBERS[1] | {"state": "starting"}]),
        (0, "database-1", []),
    ],
)
def test_nothing_moves_without_need_or_without_a_synchronous_standby(
    free_bytes: int, name: str, members: list[dict[str, str]]
) -> None:
    assert target(free_bytes, name, members) == ""
