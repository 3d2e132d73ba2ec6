"""`make outage MINUTES=60`: the mail server is down that long. Every notice goes out in the end; the lag is shown.

Three visitors a minute, a real worker, a real clock. After the outage the mail server opens, and the time is
taken until everybody has been told.
"""

import argparse
import statistics
import sys
import time
from datetime import UTC, datetime

import psycopg

from bench.faults import Mailbox
from bench.posts import FORM, fire, hidden_fields
from bench.rig import Rig
from pagetojob.local.database_url import with_database
from pagetojob.local.process import free_port

A_MINUTE = 3
_STANDING = """
    SELECT count(*) FILTER (WHERE state = 'delivered'), count(*) FILTER (WHERE state <> 'delivered'),
           count(*) FILTER (WHERE alarmed_at IS NOT NULL), coalesce(sum(attempts), 0),
           count(*) FILTER (WHERE state IN ('needs review', 'blocked', 'unknown'))
    FROM syncqueue_syncitem WHERE kind IN ('business_notification', 'visitor_confirmation')
"""
_LAGS = """
    SELECT extract(epoch FROM state_since - created_at) FROM syncqueue_syncitem
    WHERE kind IN ('business_notification', 'visitor_confirmation')
"""


def main(minutes: int) -> int:
    with Rig() as rig:
        mailbox = Mailbox(free_port())
        rig.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{mailbox.port}"
        base = rig.web("pagetojob.wsgi")
        rig.workers()
        fields = hidden_fields(base)
        url = with_database(rig.postgres.admin_url, "pagetojob")
        sent = 0
        for minute in range(minutes):
            answers = fire(base + FORM, count=A_MINUTE, at_once=1, fields=fields, first=sent)
            sent += A_MINUTE
            if any(answer.status != 302 for answer in answers):
                print("a post was not stored")
                return 1
            if minute % 10 == 9:
                _say(url, f"{minute + 1} min down")
            time.sleep(60 - A_MINUTE * 0.1)
        mailbox.open()
        opened = time.monotonic()
        while _standing(url)[1] and time.monotonic() - opened < 600:
            time.sleep(1)
        took = time.monotonic() - opened
        told, waiting, _, _, stopped = _standing(url)
        with psycopg.connect(url) as session:
            lags = [float(lag) / 60 for (lag,) in session.execute(_LAGS)]
        _say(url, f"{took:.0f} s after it came back")
        print(
            f"{sent} requests; {told} told, {waiting} waiting, {stopped} stopped for a person; lag in minutes:"
            f" least {min(lags):.1f}, median {statistics.median(lags):.1f}, longest {max(lags):.1f};"
            f" {len(mailbox.taken)} mails, {len(set(mailbox.taken))} distinct"
        )
        mailbox.shut()
        return 1 if waiting else 0


def _standing(url: str) -> tuple[int, ...]:
    with psycopg.connect(url) as session:
        row = session.execute(_STANDING).fetchone()
    assert row
    return tuple(int(number) for number in row)


def _say(url: str, when: str) -> None:
    told, waiting, alarmed, tries, stopped = _standing(url)
    print(
        f"{datetime.now(UTC):%H:%M:%S}  {when}: {told} told, {waiting} waiting, {alarmed} alarmed, {tries} tries,"
        f" {stopped} stopped for a person",
        flush=True,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minutes", type=int, nargs="?", default=60)
    sys.exit(main(parser.parse_args().minutes))
