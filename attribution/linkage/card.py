"""The model card: the inputs and model behind a result, and its limits."""

from typing import Any

import duckdb

from .engine import Linked
from .engines import DUCKDB, SPARK
from .model import Model

CANNOT_KNOW = (
    "A lead whose customer booked under another name, phone, e-mail and address at once.",
    "Which of two requests of one person a job answers, beyond which is nearer in time and service.",
    "Jobs that are not in the file, or were filed without any contact.",
    "Whether a job would have come without the lead.",
    "How often this office mistypes: the weights come from made-up businesses until its own labels move them.",
)


def of(model: Model, done: Linked) -> dict[str, Any]:
    """Return the card of a result. It contains no personal data and no timestamp, so equal results give equal cards."""
    return {
        "model": {"sha256": model.sha256, **model.as_json()},
        "engine": {
            "name": SPARK if done.spark else DUCKDB,
            "splink": _version("splink"),
            "duckdb": duckdb.__version__,
            **({"spark": done.spark} if done.spark else {}),
        },
        "inputs": [
            {
                "kind": one.kind,
                "rows": one.rows,
                "encoding": one.encoding,
                "delimiter": one.delimiter,
                "fields": one.fields,
            }
            for one in done.inputs
        ],
        "data_window": {kind: {"first": first, "last": last} for kind, (first, last) in done.span.items()},
        "labels": done.labels,
        "problems": len(done.problems),
        "cannot_know": list(CANNOT_KNOW),
    }


def _version(package: str) -> str:
    from importlib.metadata import version  # noqa: PLC0415

    return version(package)
