"""Addresses of tiles: the examples of the specification, and one spelling only."""

import pytest

from pagetojob.transparency.tiles import Tile, bundle, path_of, read_path, unbundle


@pytest.mark.parametrize(
    ("path", "tile"),
    [
        ("0/000", Tile(0, 0)),
        ("0/x001/x234/067", Tile(0, 1_234_067)),
        ("1/000.p/27", Tile(1, 0, 27)),
        ("entries/x001/000.p/255", Tile(None, 1000, 255)),
    ],
)
def test_addresses_in_both_directions(path: str, tile: Tile) -> None:
    assert read_path(path) == tile and path_of(tile) == path


@pytest.mark.parametrize(
    "path",
    ["", "0", "0/0", "0/x000/001", "8/000", "0/000.p/0", "0/000.p/256", "0/000.p/01", "0/001/000", "0/x1/000", "-1/000",
     "entries/../000", "0/٠٠٠", "0/000/", "00/000"],
)  # fmt: skip
def test_other_spellings_are_no_tile(path: str) -> None:
    assert read_path(path) is None


def test_a_tile_exists_once_its_hashes_are_complete() -> None:
    assert [Tile(0, 0, 3).exists_in(size) for size in (2, 3, 4)] == [False, True, True]
    assert [Tile(1, 0, 1).exists_in(size) for size in (255, 256)] == [False, True]


def test_entries_come_back() -> None:
    entries = [b"", b"a", b"b" * 65_535]
    assert unbundle(bundle(entries)) == entries
    with pytest.raises(ValueError, match="cut off"):
        unbundle(bundle(entries)[:-1])
