"""The parts of the rolling upgrade that need no container."""

from typing import Any

import pytest
import yaml

from deploy.cluster.ledger import Lead, judge
from deploy.cluster.visitors import Post
from deploy.podman import ROOT
from deploy.several_hosts import STOP_SECONDS
from deploy.upgrade import draining, releases
from deploy.upgrade.drill import has_passed, report

#: /proc/net/tcp of a web host: it listens on 8000, answers one request, and one connection has ended.
TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000 10001        0 1 1 0 100 0 0 10 0
   1: 33227B0A:1F40 46227B0A:C0DE 01 00000000:00000000 00:00000000 00000000 10001        0 2 1 0 20 4 30 10 -1
   2: 33227B0A:1F40 46227B0A:C0DF 06 00000000:00000000 00:00000000 00000000     0        0 0 3 0 20 4 30 10 -1
   3: 33227B0A:C350 0A227B0A:1538 01 00000000:00000000 00:00000000 00000000 10001        0 4 1 0 20 4 30 10 -1
"""


def test_a_host_is_drained_when_no_connection_to_its_web_port_is_open() -> None:
    assert draining.open_connections(TABLE) == 1
    ended = "\n".join(line for line in TABLE.splitlines() if "C0DE" not in line)
    assert draining.open_connections(ended) == 0


def test_every_form_that_was_not_thanked_counts_as_failed(capsys: pytest.CaptureFixture[str]) -> None:
    posts = [Post(1, 100.0, 0.1, 302), Post(2, 101.0, 0.2, 0), Post(2, 111.0, 0.1, 302), Post(3, 112.0, 0.1, 503)]
    assert report(posts, [("before", 99.0), ("after", 110.0)]) == 2
    before, after = capsys.readouterr().out.strip().splitlines()[1:3]
    assert before.split()[2:4] == ["2", "1"]
    assert before.endswith("1 of 0")
    assert after.split()[2:4] == ["2", "1"]
    assert after.endswith("1 of 503")


def test_a_drill_passes_only_if_forms_were_sent_and_every_item_reached_its_end() -> None:
    lead = Lead(1, "st-ready:01", "delivered", external_id="7")
    complete = judge([1], [lead], [{"id": 7, "externalId": "st-ready:01"}], balances=True)
    assert has_passed(complete, failed=0, still_open=0)
    assert not has_passed(complete, failed=1, still_open=0)
    assert not has_passed(complete, failed=0, still_open=1)
    assert not has_passed(judge([], [], [], balances=True), failed=0, still_open=0)


def test_a_stopped_host_has_longer_than_the_longest_task(settings: Any) -> None:
    assert STOP_SECONDS > settings.DRAIN_TIME_LIMIT_SECONDS
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    assert compose["x-worker"]["stop_grace_period"] == f"{STOP_SECONDS}s"


def test_the_drill_starts_from_a_recorded_release() -> None:
    text = f"| v0.1 | `{'a' * 40}` | day | text |\n| v0.2.0 | `{'b' * 40}` | day | text |\n"
    assert releases.find("", text).version == "v0.2.0"
    assert releases.find("v0.1", text).commit == "a" * 40
    with pytest.raises(ValueError, match="no release v9"):
        releases.find("v9", text)
    assert releases.find().version
