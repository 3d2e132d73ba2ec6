"""`make bench-pages`: a page of the pack against a view that answers as many constant bytes, in the same run.

Both are served by one gunicorn process with eight threads, through the same middleware, in short turns that follow one
another, so that what the machine does meanwhile meets both; ratios are taken turn by turn, and their medians judged.
Wanted: a kept page at 0.6 of the constant view's requests per second or more, a 304 at least as fast as it, and a page
that nobody has rendered yet in 12 queries or fewer, however many rows it has, and even for the first reader after rows
changed outside the admin, who has a version taken on the way.
"""

import json
import statistics
import sys
from typing import Any

from bench.gets import Line, cpu_seconds, fire
from bench.rig import Rig

PAGE = "/servicetitan-ready-websites/api-readiness"
ROUNDS, REQUESTS, AT_ONCE = 60, 120, 4
WANTED_PAGE, WANTED_304, WANTED_QUERIES = 0.6, 1.0, 12


def main() -> int:
    with Rig() as rig:
        rig.run("manage.py", "load_readiness")
        base = rig.web("pagetojob.wsgi", environment={"DJANGO_SETTINGS_MODULE": "bench.constant.settings"})
        passed = [_speed(base, rig.processes[-1].pid)]
        rig.end(rig.processes[-1])
        passed.append(_cold(rig))
    return 0 if all(passed) else 1


def _speed(base: str, pid: int) -> bool:
    line = Line(base)
    first = line.ask(line.request(PAGE))
    line.close()
    if first.status != 200:
        raise RuntimeError(f"{PAGE} answered {first.status}")
    constant = f"/constant/{first.length}"
    known = (f"If-None-Match: {first.header('ETag')}",)
    peers: dict[str, tuple[str, tuple[str, ...], int]] = {
        "constant view": (constant, (), 200),
        "kept page": (PAGE, (), 200),
        "304": (PAGE, known, 304),
    }
    print(f"{PAGE}: {first.length:,} bytes; {ROUNDS} turns of {REQUESTS} requests over {AT_ONCE} connections\n")
    rates: dict[str, list[float]] = {name: [] for name in peers}
    cpu: dict[str, list[float]] = {name: [] for name in peers}
    for turn in range(ROUNDS + 1):
        for name, (path, headers, status) in peers.items():
            before = cpu_seconds(pid)
            took = fire(base, path, headers, count=REQUESTS, at_once=AT_ONCE, status=status)
            if turn:  # the first turn warms up
                rates[name].append(REQUESTS / took)
                cpu[name].append(1000 * (cpu_seconds(pid) - before) / REQUESTS)
    return _judge(rates, cpu)


def _judge(rates: dict[str, list[float]], cpu: dict[str, list[float]]) -> bool:
    """Print the table; whether every ratio is what is wanted. Half of the turns lie between `low` and `high`."""
    wanted = {"kept page": WANTED_PAGE, "304": WANTED_304}
    print(f"{'':<14}{'requests/s':>11}{'ratio':>8}{'low':>7}{'high':>7}{'wanted':>8}{'CPU ms':>9}{'ratio':>8}")
    base = statistics.fmean(cpu["constant view"])
    passed = True
    for name, rate in rates.items():
        ratios = [mine / theirs for mine, theirs in zip(rate, rates["constant view"], strict=True)]
        low, ratio, high = statistics.quantiles(ratios, n=4)
        used = statistics.fmean(cpu[name])
        good = ratio >= wanted.get(name, 0)
        passed = passed and good
        print(
            f"{name:<14}{statistics.median(rate):>11.0f}{ratio:>8.2f}{low:>7.2f}{high:>7.2f}{wanted.get(name, ''):>8}"
            f"{used:>9.2f}{used / base if base else 0:>8.2f}{_verdict(good) if name in wanted else ''}"
        )
    print("\nCPU: what the server used for each answer. It says more than the clock on a machine that does other work.")
    return passed


def _verdict(good: bool) -> str:
    return f"  {'PASS' if good else 'FAIL'}"


def _cold(rig: Rig) -> bool:
    """Every page in a process that has rendered nothing, then with ten times the rows of the page above."""
    once, ten = (
        {row["page"]: row for row in map(json.loads, rig.run("-m", "bench.cold", times).splitlines())}
        for times in ("1", "10")
    )
    print("\nA page nobody has rendered yet; x10: with ten times the rows that api-readiness shows\n")
    print(f"{'':<26}{'rows':>6}{'x10':>6}{'queries':>9}{'x10':>5}{'after edit':>12}{'x10':>5}{'ms':>8}{'x10':>8}")
    for slug, row in once.items():
        print(_row(row, ten[slug]))
    most = max(int(row[name]) for rows in (once, ten) for row in rows.values() for name in ("queries", "after_edit"))
    good = most <= WANTED_QUERIES
    print(f"\nmost queries of any page: {most}; wanted {WANTED_QUERIES} or fewer{_verdict(good)}")
    print("after edit: for the first reader after rows changed outside the admin; a version is taken on the way")
    return good


def _row(row: dict[str, Any], ten: dict[str, Any]) -> str:
    return (
        f"{row['page']:<26}{row['rows']:>6}{ten['rows']:>6}{row['queries']:>9}{ten['queries']:>5}"
        f"{row['after_edit']:>12}{ten['after_edit']:>5}{row['milliseconds']:>8}{ten['milliseconds']:>8}"
    )


if __name__ == "__main__":
    sys.exit(main())
