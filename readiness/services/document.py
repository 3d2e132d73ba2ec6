"""Builder of the pack's document from its rows. No clock and no query, but it describes the running code."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from itertools import chain
from typing import Any

from pagetojob.claims.models import Claim, Disclaimer
from pagetojob.claims.registry import definition
from pagetojob.gates.models import SubjectType
from pagetojob.gates.registry import GATES, Gate

from .. import evidence_status, models
from ..checks import checks, drills
from ..errors import PackNotLoaded
from ..layout import PAGES, section_layout
from ..models.base import Role
from ..rows import name_of, of_model, plain
from ..sources import code, flags, packages
from .gather import Row, Rows

SCHEMA = "pagetojob.readiness-pack/1"
#: The answer that the support owner attests. It is on the support page, not in the partner application.
SUPPORT_OWNER = "support-owner"
PLAIN_KINDS = (
    *(models.ChecklistItem, models.PartnerMaterial, models.DataBoundary, models.SupportRunbook, models.AccessItem),
    *(models.Module, models.ScopeFamily, models.ValidationCase, models.IntakeQuestion),
)


class Builder:
    """State shared while building one document."""

    def __init__(self, rows: Rows, now: datetime, before: Row | None) -> None:
        self.rows, self.now = rows, now
        self.moment = now.isoformat(timespec="seconds")
        self.before = {row["anchor"]: row for row in all_rows(before)} if before else {}
        self.pages_before = {page["slug"]: page for page in before["pages"]} if before else {}
        evidence = rows.get("evidence", [])
        self.satisfied = evidence_status.gates(evidence, now)
        #: Public evidence by the anchor of its line, and separately by the name of its gate.
        self.carried: dict[str, list[Row]] = defaultdict(list)
        self.of_gates: dict[str, list[Row]] = defaultdict(list)
        for row in sorted(evidence, key=lambda row: row["received_at"], reverse=True):
            place = self.of_gates if row["subject_type"] == SubjectType.GATE else self.carried
            place[row["subject"]].append(evidence_status.shown(row, now))
        results: dict[str, list[Row]] = defaultdict(list)
        for row in rows.get("checkresult", []):
            results[row["check_name"]].append(row)
        self.checked = {
            anchor: evidence_status.of_check(check, results[anchor], now) for anchor, check in checks().items()
        }
        #: Drills that ran, by the anchors of their lines.
        self.drilled: dict[str, list[Row]] = defaultdict(list)
        for anchor, check in checks().items():
            for name in filter(results.get, check.drills):
                piece = evidence_status.of_check(drills()[name].check, results[name], now)
                self.drilled[anchor].append(piece | {"kind": "drill"})
        self.contested = {row["anchor"]: row for row in rows.get("contested", [])}
        self.notes = {row["slug"]: row for row in rows.get("asbuiltnote", [])}

    def document(self) -> Row:
        pages = {row["slug"]: row for row in self.rows.get("page", [])}
        if "landing" not in pages:
            raise PackNotLoaded("Run manage.py load_readiness first.")
        kinds = self._kinds()
        sections = defaultdict(list)
        for row in self.rows.get("pagesection", []):
            sections[row["page_id"]].append(row)
        runs = [*self.checked.values(), *chain.from_iterable(self.drilled.values())]
        return {
            "schema": SCHEMA,
            "valid_until": evidence_status.valid_until(self.rows.get("evidence", []), runs, self.now),
            "pages": [self._page(pages[slug], sections[pages[slug]["id"]], kinds) for slug in PAGES if slug in pages],
            "disclaimers": kinds["disclaimer"],
        }

    def check_passed(self, anchor: str) -> bool:
        """Return whether the check of a line passed lately, and no drill of the line failed since it last passed."""
        failed = evidence_status.FAILED in {piece["state"] for piece in self.drilled.get(anchor, [])}
        return evidence_status.valid([self.checked[anchor]]) and not failed

    def _page(self, row: Row, sections: list[Row], kinds: dict[str, list[Row]]) -> Row:
        """Return a page with its sections. `changed_at` is the last change of the page's texts or of anything on it."""
        page = {
            **{name: row[name] for name in ("slug", "title", "heading", "intro", "notice")},
            "sections": [self._section(row["slug"], section, kinds) for section in sections],
        }
        old = self.pages_before.get(row["slug"])
        same = old is not None and _without_times(old) == _without_times(page)
        return {**page, "changed_at": old["changed_at"] if old and same else self.moment}

    def _section(self, page: str, row: Row, kinds: dict[str, list[Row]]) -> Row:
        layout = section_layout(page, row["slug"])
        rows = kinds[f"entry {row['id']}"] if layout.rows == "entry" else kinds.get(layout.rows, [])
        return {**{name: row[name] for name in ("slug", "heading", "intro")}, "rows": rows}

    def _kinds(self) -> dict[str, list[Row]]:
        """Map each kind to its finished rows, from tables and from code."""
        kinds: dict[str, list[Row]] = defaultdict(list)
        for model in PLAIN_KINDS:
            kinds[name_of(model)] = [of_model(model, row) for row in self.rows.get(name_of(model), [])]
        on_connection = {f"module-{row['slug']}" for row in self.rows.get("module", []) if row["on_connection"]}
        kinds["connection module"] = [row for row in kinds["module"] if row["anchor"] in on_connection]
        kinds |= self._with_children()
        kinds["connectiongate"] = [
            of_model(models.ConnectionGate, row) | {"gate": row["gate"]} for row in self.rows.get("connectiongate", [])
        ]
        for row in self.rows.get("partneranswer", []):
            kinds["support owner" if row["slug"] == SUPPORT_OWNER else "partneranswer"].append(self._answer(row))
        kinds["claim"] = [self._claim(row) for row in self.rows.get("claim", [])]
        kinds["disclaimer"] = [self._statement(Disclaimer, row) for row in self.rows.get("disclaimer", [])]
        kinds["flag"] = flags.flag_rows(self.satisfied)
        kinds["gate"] = flags.gate_rows(self.satisfied, self.of_gates)
        kinds["scope"] = flags.scope_rows()
        kinds["package scope"] = packages.package_rows()
        kinds["table"], kinds["code module"] = code.table_rows(), code.module_rows()
        kinds["contract"] = code.contract_rows()
        for row in {id(row): row for rows in kinds.values() for row in rows}.values():
            self._finish(row)
        return kinds

    def _with_children(self) -> dict[str, list[Row]]:
        steps, details = defaultdict(list), defaultdict(list)
        for row in self.rows.get("runbookstep", []):
            steps[row["runbook_id"]].append(row["text"])
        for row in self.rows.get("entrydetail", []):
            lines = models.base.entries(row["text"])
            many = len(lines) > 1
            details[row["entry_id"]].append(
                {"name": row["slug"], "label": row["label"], "role": str(Role.LIST if many else Role.TEXT)}
                | ({"items": lines} if many else {"text": row["text"].strip()})
            )
        made: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows.get("runbook", []):
            made["runbook"].append(of_model(models.Runbook, row, steps=steps[row["id"]]))
        for row in self.rows.get("entry", []):
            made[f"entry {row['section_id']}"].append(of_model(models.Entry, row, details=details[row["id"]]))
        return made

    def _answer(self, row: Row) -> Row:
        """Return an answer with its attester's id. The name is resolved when the page is displayed."""
        made = of_model(models.PartnerAnswer, row)
        if row["attester_id"] and row["attested_sha256"] == models.protocol.digest(row["answer"], row["wordings"]):
            made["attested"] = {
                "by": row["attester_id"],
                "title": row["attester_title"],
                "at": evidence_status.instant(row["attested_at"]),
            }
        return made

    def _claim(self, row: Row) -> Row:
        made = self._statement(Claim, row)
        waiting = evidence_status.holding_back(row["slug"], self.satisfied)
        made["state"] = "gated" if waiting else "allowed"
        made["gates"] = self._gates(definition(row["slug"]).gates)
        made["safe_wording"] = definition(row["slug"]).safe_wording
        return made

    def _gates(self, wanted: Iterable[Gate]) -> list[Row]:
        """Return these gates with what is missing for each, and whether it is open."""
        return [
            {
                "gate": gate.value,
                "holder": GATES[gate].holder,
                "missing": GATES[gate].missing,
                "open": bool(self.satisfied[gate]),
            }
            for gate in Gate
            if gate in wanted
        ]

    def _statement(self, model: Any, row: Row) -> Row:
        return plain(
            model._meta.model_name, anchor=f"{model.ANCHOR}-{row['slug']}", slug=row["slug"], title=row["text"]
        )

    def _finish(self, row: Row) -> None:
        """Add the evidence, the resulting status, the as-built note and the times of change."""
        gate = row.get("gate")
        row["evidence"] = row["evidence"] or (
            self.of_gates.get(gate, []) if gate else self.carried.get(row["anchor"], [])
        )
        check = self.checked.get(row["anchor"]) if row.get("status") == models.Status.READY_NOW else None
        drilled = self.drilled.get(row["anchor"], []) if check else []
        if check:
            row["evidence"] = [check, *drilled, *row["evidence"]]
        if "status" in row:
            row["stored_status"] = row["status"]
            supported = self.check_passed(row["anchor"]) if check else evidence_status.valid(row["evidence"])
            carried = bool(self.satisfied[Gate(gate)]) if gate else supported
            row["status"] = evidence_status.status(row["status"], carried=carried)
            if gate and carried:
                row["status"] = models.Status.READY_NOW.value
        if note := self.notes.get(row["anchor"]):
            row["as_built"] = {"dated": date.fromisoformat(note["dated"]).isoformat(), "text": note["text"]}
            if gates := models.base.entries(note["waits_for"]):
                row["as_built"]["waits_for"] = self._gates([Gate(gate) for gate in gates])
        if contested := self.contested.get(row["anchor"]):
            since = evidence_status.instant(contested["since"])
            row["contested"] = {"since": since, "reviewers": contested["reviewers"]}
        old = self.before.get(row["anchor"])
        row["changed_at"] = old["changed_at"] if old and _same(old, row) else self.moment
        for name in ("status", "state"):
            if name in row:
                row["since"] = old["since"] if old and old.get(name) == row[name] and "since" in old else self.moment


def _same(old: Row, row: Row) -> bool:
    return _stable(old) == _stable(row)


def _stable(row: Row) -> Row:
    """Return what counts as a change of a row: neither its times nor another run of its check with the same result."""
    without_times = {key: value for key, value in row.items() if key not in {"changed_at", "since"}}
    return {**without_times, "evidence": evidence_status.without_runs(row["evidence"])}


def _without_times(page: Row) -> Row:
    sections = [{**section, "rows": [_stable(row) for row in section["rows"]]} for section in page["sections"]]
    return {**page, "changed_at": "", "sections": sections}


def build(rows: Rows, *, now: datetime, before: Row | None) -> Row:
    """Return the pack's document at `now`. Times of change are carried over from `before`, the previous document."""
    return Builder(rows, now, before).document()


def all_rows(document: Row) -> list[Row]:
    """Return every row once, in the order of the pages, at its first occurrence."""
    rows: dict[str, Row] = {}
    for page in document["pages"]:
        for section in page["sections"]:
            for row in section["rows"]:
                rows.setdefault(row["anchor"], row)
    for row in document["disclaimers"]:
        rows.setdefault(row["anchor"], row)
    return list(rows.values())
