"""Score the reader and the comparison on labeled real websites.

Prints totals and per-item errors of the tuning part. `--hold-out` prints totals of the hold-out part and nothing else.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterable

from drift.reading.calibration import calibrated
from drift.reading.read import read_page
from tests.support.real_sites.calibrate import FINDING, calibrate, reliability
from tests.support.real_sites.load import READ_ON, RealSite, load
from tests.support.real_sites.score import score_facts, score_findings, table
from tests.support.real_sites.split import HOLD_OUT_DIGESTS, digests, hold_out, labeled_sites, pages_folder


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.drift.real_sites", description=__doc__)
    parser.add_argument("--hold-out", action="store_true", help="score the hold-out part; totals only")
    parser.add_argument("--errors", action="store_true", help="list each error of the tuning part")
    parser.add_argument("--calibrate", action="store_true", help="fit the weights of confidences on the tuning part")
    parser.add_argument("--speed", action="store_true", help="measure the time to read each page, labeled or not")
    options = parser.parse_args()
    folder = pages_folder()
    if folder is None:
        print("The labeled pages are not on this machine. Set REAL_SITES to their folder.")
        return 2
    labeled, mapped = labeled_sites(folder)
    apart = hold_out(labeled, mapped)
    if digests(folder) != HOLD_OUT_DIGESTS:
        print("The labels of the hold-out part differ from the recorded digests.")
        return 2
    if options.speed:
        names = [place.name for place in (folder / "pages").iterdir() if place.is_dir()]
        return _speed(load(folder, names))
    if options.calibrate:
        print("\n".join(calibrate(load(folder, labeled - apart))))
        return 0
    sites = load(folder, apart if options.hold_out else labeled - apart)
    facts, findings = score_facts(sites), score_findings(sites)
    part = "hold-out" if options.hold_out else "tuning"
    print(f"{part}: {len(sites)} websites, {sum(len(site.labels) for site in sites)} labeled pages")
    _print("facts by kind", table(facts))
    _print("findings by rule and item", table(findings))
    _print("reliability of facts", reliability([(calibrated(kind, sure), right) for kind, sure, right in facts.judged]))
    pairs = [(calibrated(FINDING, sure), right) for _, sure, right in findings.judged]
    _print("reliability of findings", reliability(pairs))
    print(f"false alarms: {findings.alarms} of {findings.agreed} lines that agree")
    if options.errors and not options.hold_out:
        _print("errors", [*sorted(facts.errors), *sorted(findings.errors)])
    return 0


def _print(title: str, lines: Iterable[str]) -> None:
    print(f"\n{title}")
    print("\n".join(lines))


def _speed(sites: Iterable[RealSite]) -> int:
    seconds = []
    for site in sites:
        for page, data in site.pages.items():
            start = time.process_time()
            read_page(data, today=READ_ON, page=f"/{page}")
            seconds.append(time.process_time() - start)
    print(f"{len(seconds)} pages: median {statistics.median(seconds):.3f} s, maximum {max(seconds):.3f} s of one core")
    return 0


if __name__ == "__main__":
    sys.exit(main())
