"""`make bench-drift-scale`: time and memory of reading and comparing a large site with a large map.

1,000 generated pages, and a map of 5,000 items that names 1,000 of them as pages: comparing, with the index of the map,
takes less than half of the time of parsing. A page takes at most 50 ms of one core at the median and 0.5 s at the worst,
with the words of that map; pages of real websites too, where they are on this machine (`REAL_SITES`). 100,000 pages a
day are 0.86 s each. Memory does not grow from the 200th page to the 2,000th.
"""

import gc
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from drift.compare.check import check
from drift.compare.index import Index
from drift.reading.facts import Fact
from drift.reading.outline import outline
from drift.reading.read import read_page
from drift.reading.services import NAMES
from pagetojob.titanmap.map_json import read_map
from pagetojob.titanmap.map_types import TitanMap
from tests.support.real_sites.split import pages_folder

from .pages import Site
from .shops import TODAY, make, map_of

PAGES, ITEMS, SITES = 1000, 5000, 30
MOST_RATIO, MOST_MEDIAN, MOST_SECONDS = 0.5, 0.050, 0.5
FIRST, LAST, MOST_GROWTH_MB = 200, 2000, 20
PAGES_A_DAY, SECONDS_A_DAY = 100_000, 86_400


def main() -> int:
    pages = list(islice(cycle(_generated()), PAGES))
    titan_map = _large_map(path for path, _ in pages)
    passed = _compare(titan_map, pages)
    known = Index(titan_map, TODAY)
    passed &= _pages("generated pages", known, _generated())
    if folder := pages_folder():
        real = [(str(path), path.read_bytes()) for path in sorted((folder / "pages").rglob("*.html"))]
        passed &= _pages("pages of real websites", known, real)
    return 0 if _memory(titan_map) and passed else 1


def _generated() -> list[tuple[str, bytes]]:
    sites = (Site(make(seed), held_back=seed % 3 == 2) for seed in range(SITES))
    return [(f"/{number}{page.path}", page.html.encode()) for number, site in enumerate(sites) for page in site.pages()]


def _large_map(paths: Iterable[str]) -> TitanMap:
    """Return a map of 5,000 items with the words of services: 500 job types that must be advertised, then prices."""
    told = map_of(make(0))
    taken = {item["name"] for family in ("job_types", "pricebook_services") for item in told[family]}
    names = list(islice((name for name in dict.fromkeys(_names()) if name not in taken), ITEMS))
    told["job_types"] += [{"name": name, "active": n % 10 > 0} for n, name in enumerate(names[:500])]
    told["pricebook_services"] += [
        {"name": name, "price": 50 + n % 900, "synonyms": [f"{name} special"]} for n, name in enumerate(names[500:])
    ]
    told["synonyms"] = {f"our {name}": name for name in names[:500]}
    told["page_bindings"] += [
        {"page_path": path, "job_type": name}
        for path, name in zip(dict.fromkeys(paths), cycle(names[:500]), strict=False)
    ]
    return read_map(json.dumps(told).encode())


def _names() -> Iterator[str]:
    things = [name for (_, act), name in NAMES.items() if not act]
    acts = [name for (thing, _), name in NAMES.items() if not thing]
    for size in ("", "Small ", "Large ", *(f"{number} Gallon " for number in range(20, 200, 5))):
        yield from (f"{size}{thing} {act}" for thing in things for act in acts)


def _compare(titan_map: TitanMap, pages: list[tuple[str, bytes]]) -> bool:
    known = Index(titan_map, TODAY).known
    parsing = _took(lambda: [outline(html.decode()) for _, html in pages])
    facts = {
        f"{path}-{number}": read_page(html, today=TODAY, page=path, known=known)
        for number, (path, html) in enumerate(pages)
    }
    indexing = _took(lambda: Index(titan_map, TODAY).known)
    comparing = _took(lambda: check(Index(titan_map, TODAY), facts))
    good = comparing < MOST_RATIO * parsing
    print(
        f"{len(pages):,} pages, {len(titan_map.services):,} items, {sum(map(len, facts.values())):,} facts; CPU seconds"
    )
    print(f"parsing {parsing:.2f}, index of the map and its words {indexing:.2f}, comparing with index {comparing:.2f}")
    print(f"comparing / parsing {comparing / parsing:.2f}, at most {MOST_RATIO}: {_verdict(good)}")
    return good


def _pages(title: str, index: Index, pages: list[tuple[str, bytes]]) -> bool:
    seconds = {path: _took(partial(read_page, html, today=TODAY, known=index.known)) for path, html in pages}
    median, worst = statistics.median(seconds.values()), max(seconds.values())
    good = median <= MOST_MEDIAN and worst <= MOST_SECONDS
    print(f"{title}: {len(pages)}, median {median:.3f} s, at most {worst:.3f} s: {_verdict(good)}")
    for path in sorted(seconds, key=seconds.__getitem__)[-3:]:
        print(f"  {seconds[path]:.3f} s {Path(path).name}")
    return good


def _memory(titan_map: TitanMap) -> bool:
    """Read and compare page after page as a worker does, and compare its memory early and late."""
    pages, index, resident = cycle(_generated()), Index(titan_map, TODAY), 0.0
    began = time.process_time()
    for number, (path, page) in enumerate(islice(pages, LAST), 1):
        # Other words on each page, because equal texts are cached.
        html = page.replace(b"</body>", b"<p>Job %d in Unit %d</p></body>" % (number * 7, number))
        facts: dict[str, list[Fact]] = {path: read_page(html, today=TODAY, page=path, known=index.known)}
        check(index, facts)
        if number == FIRST:
            resident = _resident_mb()
    seconds, growth = (time.process_time() - began) / LAST, _resident_mb() - resident
    good = growth <= MOST_GROWTH_MB and seconds * PAGES_A_DAY < SECONDS_A_DAY
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{LAST:,} pages one by one: {seconds:.3f} s each, so {SECONDS_A_DAY / seconds:,.0f} a day on one core")
    print(
        f"memory from page {FIRST} to {LAST:,}: {growth:+.1f} MB, at most {MOST_GROWTH_MB}; peak {peak:.0f} MB: {_verdict(good)}"
    )
    return good


def _resident_mb() -> float:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1024**2


def _took(work: Callable[[], object]) -> float:
    """Return CPU seconds of this process, which other work on the machine disturbs least."""
    start = time.process_time()
    work()
    return time.process_time() - start


def _verdict(good: bool) -> str:
    return "PASS" if good else "FAIL"


if __name__ == "__main__":
    sys.exit(main())
