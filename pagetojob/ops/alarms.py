"""Every alarm of `/ops/health` with its runbook: what it means, what to check, what to do."""

from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Alarm:
    """An alarm. `sentence` is what the monitor reads; `lost` says what is at risk while it is active."""

    key: str
    sentence: str
    means: str
    lost: str
    checks: list[str]
    steps: list[str]


_CONTENT = Path(__file__).with_name("content") / "alarms.yaml"

ALARMS = tuple(Alarm(**entry) for entry in yaml.safe_load(_CONTENT.read_text("utf-8")))
BY_KEY = {alarm.key: alarm for alarm in ALARMS}
