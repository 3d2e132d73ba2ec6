"""Prometheus text format, version 0.0.4. Pure.

A client library would count per process, but these metrics are read from the database at each scrape.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Sample:
    value: float
    labels: Labels = field(default_factory=dict)
    suffix: str = ""


@dataclass(frozen=True)
class Family:
    """Samples with the same metric name. `kind` is counter, gauge or histogram."""

    name: str
    kind: str
    help: str
    samples: Sequence[Sample]


def histogram(labels: Labels, bounds: Sequence[str], counts: Mapping[str, int], total: float) -> list[Sample]:
    """Return the samples of one histogram. `counts` is keyed by each bucket's upper bound; the last bound is +Inf."""
    samples, seen = [], 0
    for bound in bounds:
        seen += counts.get(bound, 0)
        samples.append(Sample(seen, {**labels, "le": bound}, "_bucket"))
    return [*samples, Sample(total, labels, "_sum"), Sample(seen, labels, "_count")]


def written(families: Iterable[Family]) -> str:
    lines = []
    for family in families:
        lines += [f"# HELP {family.name} {_escaped(family.help)}", f"# TYPE {family.name} {family.kind}"]
        lines += [
            f"{family.name}{sample.suffix}{_labels(sample.labels)} {_number(sample.value)}" for sample in family.samples
        ]
    return "\n".join(lines) + "\n"


def _labels(labels: Labels) -> str:
    pairs = ",".join(f'{name}="{_quoted(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', '\\"')


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))
