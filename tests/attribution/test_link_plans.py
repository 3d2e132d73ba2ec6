"""Small files are linked without DuckDB's optimizer."""

from pathlib import Path

import pytest

from attribution.linkage import engine, model
from tests.support.nightly import sampled
from tests.support.synthetic.generator import Maker
from tests.support.synthetic.worlds import WORLDS

FILES = ("links.csv", "candidates.csv", "weights.csv")


@pytest.mark.parametrize("world", sampled(["coast", "desert", "lakes"], keep=1))
def test_plans_do_not_change_the_result(tmp_path: Path, world: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nightly for other businesses too, because the statements are the same for each."""
    files = Maker(WORLDS[world](), 1).make(120).write(tmp_path)
    results = []
    for limit in (0, 10_000_000):
        monkeypatch.setattr(engine, "_FEW_BYTES", limit)
        links, candidates, weights = (tmp_path / f"{limit}-{name}" for name in FILES)
        engine.link(files, links, model=model.read(), candidates=candidates, weights=weights)
        results.append([path.read_bytes() for path in (links, candidates, weights)])
    assert results[0] == results[1]
    assert b"\n" in results[0][0].rstrip()
