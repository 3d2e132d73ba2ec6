"""A drill counts nothing that it could not read."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from deploy.cluster.cluster import Cluster
from deploy.cluster.drill import Drill
from deploy.cluster.results import Journal, Result


class Stopped(Cluster):
    """A cluster without a primary."""

    def rows(self, query: str, *, database: str = "pagetojob") -> list[tuple[Any, ...]]:
        raise psycopg.OperationalError("no primary")


def test_leads_that_could_not_be_read_are_not_counted_as_stored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = Journal(tmp_path)
    drill = Drill(Stopped(tmp_path), journal)
    lost = drill.count_lost({1, 2})
    assert lost is None
    journal.add(Result("kills", 1.0, "a", "database-1", acknowledged=2, lost=lost))
    assert Journal(tmp_path).results()[0].lost is None
    assert drill.run({}) == 1
    shown = capsys.readouterr().out
    assert "Not compared: no primary." in shown and "not counted" in shown
