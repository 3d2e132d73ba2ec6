"""The model card: the inputs and model behind a result, and its limits."""

from typing import Any

import duckdb

from .engine import Linked
from .model import Model

CANNOT_KNOW = (
    "Leads whose customer booked with a different name, phone, email and address.",
    "The exact request behind a job if a person sent several: only time and service distinguish them.",
    "Jobs that are not in the file or have no contact details.",
    "Jobs that would have happened without the lead.",
    "Typing habits of this office: the weights come from synthetic businesses until its own decisions adjust them.",
)


def make_card(model: Model, done: Linked) -> dict[str, Any]:
    """Return the card of a result. It contains no personal data and no timestamp, so equal results give equal cards."""
    return {
        "model": {"sha256": model.sha256, **model.as_json()},
        "engine": {"name": "duckdb", "splink": _version("splink"), "duckdb": duckdb.__version__},
        "inputs": [
            {
                "kind": source.kind,
                "rows": source.rows,
                "encoding": source.encoding,
                "delimiter": source.delimiter,
                "fields": source.fields,
            }
            for source in done.inputs
        ],
        "data_window": {kind: {"first": first, "last": last} for kind, (first, last) in done.span.items()},
        "labels": done.labels,
        "problems": len(done.problems),
        "cannot_know": list(CANNOT_KNOW),
    }


def _version(package: str) -> str:
    from importlib.metadata import version  # noqa: PLC0415

    return version(package)
