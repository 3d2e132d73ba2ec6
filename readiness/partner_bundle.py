"""Zip bundle for a partner reviewer: what an application asks for, as a single download, made from the newest version.

The pages, the scope table, the diagrams, the retention periods, the security sheet, the latest validation results, and
the SHA-256 of each file. It repeats what our pages say and adds nothing.
"""

import csv
import io
import json
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from pagetojob.retention.periods import PERIODS
from pagetojob.servicetitan.scope_table import scope_lines
from pagetojob.servicetitan.validation.selectors import as_line, latest_results

from .bundle import with_sums, zipped
from .packet import copy_html
from .panels import data_flow, gates_diagram, queue_diagram
from .shape import Pack

#: The pages that answer a reviewer's questions, in reading order.
PAGES = ("partner-application", "api-readiness", "architecture", "security", "sandbox-validation", "support")
_DIAGRAMS = {"architecture": (data_flow, queue_diagram), "connection": (gates_diagram,)}
_SHEET = settings.BASE_DIR / "docs" / "reference" / "asvs.md"
_STYLES = ("tokens.css", "readiness-tools.css")


def partner_bundle(pack: Pack) -> bytes:
    """Return the bundle as bytes. At most ten queries; a reader without a session may ask for it."""
    pages = [pack.pages[slug] for slug in PAGES if slug in pack.pages]
    files = {f"pages/{page.slug}.html": copy_html(pack, page) for page in pages}
    files |= {
        "README.txt": render_to_string("readiness/packet/partner_readme.txt", {"pack": pack, "moment": timezone.now()}),
        "scopes.csv": _scopes(),
        "diagrams.html": _diagrams(pack),
        "retention.csv": _retention(),
        "security-sheet.md": _SHEET.read_text(),
        "validation.json": _validation(),
    }
    return zipped(with_sums({name: text.encode() for name, text in files.items()}), pack.created_at)


def _scopes() -> str:
    rows = (
        (
            line.scope,
            line.access,
            line.definition.family,
            ", ".join(line.definition.fields),
            ", ".join(line.required_by),
            ", ".join(line.optional_for),
            line.definition.retention,
        )
        for line in scope_lines()
    )
    return _csv(("scope", "access", "family", "fields", "required by", "used where granted by", "retention"), rows)


def _retention() -> str:
    rows = (
        (period.covers, "as long as the contract" if period.days is None else period.days, period.least, period.most,
         period.enforcer, period.reason)
        for period in PERIODS.values()
    )  # fmt: skip
    return _csv(("data", "days", "least days", "most days", "ended by", "reason"), rows)


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(head)
    lines.writerows(rows)
    return text.getvalue()


def _diagrams(pack: Pack) -> str:
    panels = [
        panel.context(pack, pack.pages[slug])
        for slug, of_page in _DIAGRAMS.items()
        if slug in pack.pages
        for panel in of_page
    ]
    styles = "".join((settings.BASE_DIR / "static" / name).read_text() for name in _STYLES)
    return render_to_string("readiness/packet/diagrams.html", {"pack": pack, "panels": panels, "styles": styles})


def _validation() -> str:
    """Return the latest result of each case in each environment, with its grade, as `validate_sandbox` prints it."""
    cases = {
        case["case"].slug: [as_line(result["row"]) for result in case["results"]] or "not run yet"
        for case in latest_results()
    }
    return json.dumps(cases, indent=2, ensure_ascii=False)
