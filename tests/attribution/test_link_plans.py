"""Small linkings of the tests skip DuckDB's optimizer, and the results have the same bytes."""

from pathlib import Path

import pytest

from attribution.linkage import engine, model
from tests.attribution import linking
from tests.support.nightly import sampled
from tests.support.synthetic.generator import Maker
from tests.support.synthetic.worlds import WORLDS


@pytest.mark.parametrize(("world", "leads"), sampled([("coast", 120), ("desert", 120), ("lakes", 120)], keep=1))
def test_a_small_linking_has_the_same_bytes_with_optimized_plans(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world: str, leads: int
) -> None:
    """Nightly for other businesses too, because the statements are the same for each."""
    files, results = Maker(WORLDS[world](), 5).make(leads).write(tmp_path), []
    assert sum(path.stat().st_size for path in files.values()) < linking.PLANNED_BYTES
    for most in (linking.PLANNED_BYTES, 0):
        monkeypatch.setattr(linking, "PLANNED_BYTES", most)
        written = [tmp_path / f"{name}.csv" for name in ("links", "candidates", "weights")]
        engine.link(files, written[0], model=model.read(), candidates=written[1], weights=written[2])
        results.append([path.read_bytes() for path in written])
    assert results[0] == results[1]
