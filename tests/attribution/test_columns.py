"""Columns and phrases of exports that two writers made up (`bench/attribution/columns`)."""

from tests.support.labeled_columns import measure

#: Columns and phrases that the linkage reads right, of each half of each writer's exports and of each list of phrases.
FLOORS = {
    "a odd files": 12,
    "a odd columns": 126,
    "a odd other columns": 112,
    "a even files": 12,
    "a even columns": 144,
    "a even other columns": 101,
    "b odd files": 12,
    "b odd columns": 142,
    "b odd other columns": 96,
    "b even files": 12,
    "b even columns": 126,
    "b even other columns": 85,
    "canceled odd": 33,
    "canceled even": 33,
    "happened odd": 40,
    "happened even": 40,
    "free_correction odd": 38,
    "free_correction even": 36,
    "not_correction odd": 57,
    "not_correction even": 59,
    "free_correction notes odd": 53,
    "free_correction notes even": 54,
    "not_correction notes odd": 57,
    "not_correction notes even": 58,
    "continues odd": 37,
    "continues even": 36,
}


def test_no_fewer_columns_and_phrases_are_read_right() -> None:
    scores = measure()
    assert scores.keys() == FLOORS.keys()
    worse = {name: score.wrong for name, score in scores.items() if score.right < FLOORS[name]}
    assert worse == {}
