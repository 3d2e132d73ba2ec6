"""A version as a CycloneDX 1.6 attestation: what we claim, what we do not claim, and the evidence for each. Pure.

Every line with a status, every gated claim and every requirement of the ASVS sheet is a requirement with a conformance:
1 if we meet it, 0 if not, none where it does not apply. A line that is ready now has a claim with its evidence; a line
whose evidence lapsed and a gated claim have a counter-claim that states why. No person is named.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.urls import reverse

from pagetojob.platform.canonical import sha256_hex

from .asvs import MET, NOT_APPLICABLE, Requirement
from .evidence_status import VALID, valid
from .models.base import Status
from .sbom import document
from .shape import Pack, Row

_ASSESSOR, _TARGET = "assessor-pagetojob", "service-pagetojob"


@dataclass
class _Declarations:
    """The parts of the document as they are collected. `evidence` is by reference, because rows share evidence."""

    claims: list[Row] = field(default_factory=list)
    evidence: dict[str, Row] = field(default_factory=dict)

    def claim(self, ref: str, predicate: str, *, reasoning: str = "", **evidence: list[str]) -> str:
        claim = {"bom-ref": ref, "target": _TARGET, "predicate": predicate, "reasoning": reasoning}
        self.claims.append({key: value for key, value in (claim | evidence).items() if value})
        return ref


def attestation(pack: Pack, sheet: Iterable[Requirement]) -> Row:
    """Return the attestation of a version, dated like it."""
    declared = _Declarations()
    lines, sheet = _lines(pack), list(sheet)
    of_gates = {row["gate"]: row["evidence"] for row in lines if "gate" in row}
    attestations = [
        _attested(f"The readiness pack, version {pack.number}.", (_line(row, declared, of_gates) for row in lines)),
        _attested("OWASP ASVS 5.0.0, levels 1 and 2.", (_requirement(row, declared) for row in sheet)),
    ]
    version_page = settings.PUBLIC_URL + reverse("readiness:version", args=[pack.number])
    root = {"type": "application", "bom-ref": "pagetojob", "name": "PageToJob", "version": str(pack.number)}
    properties = [{"name": "pagetojob:pack:sha256", "value": pack.sha256}]
    seed = f"attestation {pack.number} {pack.sha256} {sha256_hex(repr(sheet))}"
    return document(root, pack.created_at, seed, properties) | {
        "externalReferences": [{"type": "attestation", "url": version_page}],
        "declarations": {
            "assessors": [{"bom-ref": _ASSESSOR, "thirdParty": False, "organization": {"name": "PageToJob"}}],
            "attestations": attestations,
            "claims": declared.claims,
            "evidence": list(declared.evidence.values()),
            "targets": {"services": [{"bom-ref": _TARGET, "name": "PageToJob"}]},
            "affirmation": {"statement": " ".join(pack.disclaimers) or "No disclaimer is recorded."},
        },
        "definitions": {"standards": [_pack_standard(pack, lines), _asvs_standard(sheet)]},
    }


def _attested(summary: str, mapped: Iterable[Row]) -> Row:
    return {"summary": summary, "assessor": _ASSESSOR, "map": list(mapped)}


def _lines(pack: Pack) -> list[Row]:
    """Return each line with a status and each claim once, at its first place."""
    rows = (row for page in pack.pages.values() for section in page.sections for row in section.rows)
    return list({row["anchor"]: row for row in rows if "status" in row or row["kind"] == "claim"}.values())


def _line(row: Row, declared: _Declarations, of_gates: dict[str, list[Row]]) -> Row:
    mapped: Row = {"requirement": f"line-{row['anchor']}"}
    if "contested" in row:
        mapped["confidence"] = {"rationale": f"Contested by a reviewer since {row['contested']['since'][:10]}."}
    pieces = row["evidence"]
    if row["kind"] == "claim":  # the evidence of a claim is that of its gates
        pieces = [piece for gate in row["gates"] for piece in of_gates.get(gate["gate"], [])]
    evidence = _evidence_refs(pieces, declared)
    supporting = [ref for ref, counts in evidence.items() if counts]
    lapsed = [ref for ref, counts in evidence.items() if not counts]
    if row["kind"] == "claim":
        return mapped | _claim(row, declared, supporting, lapsed)
    if row["status"] == Status.READY_NOW:
        ref = declared.claim(f"claim-{row['anchor']}", row["title"], evidence=supporting, counterEvidence=lapsed)
        return mapped | {"claims": [ref], "conformance": _conformance(1, "Ready now, on the evidence of the claim.")}
    rationale = f"Status: {row['status']}. Owner of the next step: {row.get('owner', 'PageToJob')}."
    if row["status"] == Status.REVIEW_DUE:
        predicate = f"No valid evidence supports this line now: {row['title']}"
        mapped["counterClaims"] = [declared.claim(f"counter-{row['anchor']}", predicate, evidence=lapsed)]
    return mapped | {"conformance": _conformance(0, rationale)}


def _claim(row: Row, declared: _Declarations, supporting: list[str], lapsed: list[str]) -> Row:
    if row["state"] == "allowed":
        ref = declared.claim(f"claim-{row['anchor']}", row["title"], evidence=supporting, counterEvidence=lapsed)
        return {"claims": [ref], "conformance": _conformance(1, "Every gate of the claim is open.")}
    missing = [f"{gate['gate']} ({gate['holder']}): {gate['missing']}" for gate in row["gates"] if not gate["open"]]
    ref = declared.claim(
        f"counter-{row['anchor']}", row["safe_wording"], reasoning=f"Gated. Evidence required: {'; '.join(missing)}"
    )
    return {"counterClaims": [ref], "conformance": _conformance(0, "Gated: this is not claimed.")}


def _conformance(score: int, rationale: str) -> Row:
    return {"score": score, "rationale": rationale}


def _evidence_refs(pieces: Iterable[Row], declared: _Declarations) -> dict[str, bool]:
    """Add evidence, and return its references with whether it is valid.

    A check that never ran is no evidence, and neither is what no second person has confirmed.
    """
    refs = {}
    for piece in pieces:
        counts = valid([piece])
        if piece["received_at"] and (counts or piece["state"] != VALID):
            ref = f"evidence-{piece['id']}"
            declared.evidence[ref] = _evidence(ref, piece)
            refs[ref] = counts
    return refs


def _evidence(ref: str, piece: Row) -> Row:
    facts = [f"Kind: {piece['kind']}", f"Grade: {piece['grade']}", f"State: {piece['state']}"]
    facts += [f"SHA-256: {piece['sha256']}"] if piece["sha256"] else []
    made: Row = {
        "bom-ref": ref,
        "description": f"{piece['summary']} {'. '.join(facts)}.",
        "created": piece["received_at"],
        "author": {"name": piece["recorded_by"]},
    }
    if piece["expires_at"]:
        made["expires"] = piece["expires_at"]
    if piece["url"]:
        address = settings.PUBLIC_URL + piece["url"] if piece["url"].startswith("/") else piece["url"]
        made["data"] = [{"name": piece["summary"], "contents": {"url": address}}]
    return made


def _requirement(row: Requirement, declared: _Declarations) -> Row:
    mapped: Row = {"requirement": f"asvs-{row.id}"}
    if row.status == NOT_APPLICABLE:
        return mapped | {"conformance": {"rationale": f"Not applicable: {row.reason}"}}
    if row.status != MET:
        ref = declared.claim(f"counter-asvs-{row.id}", f"This is not met: {row.asks}", reasoning=row.reason)
        return mapped | {"counterClaims": [ref], "conformance": _conformance(0, row.reason)}
    refs = []
    for place in row.evidence:
        refs.append(f"source-{sha256_hex(place)[:16]}")
        declared.evidence[refs[-1]] = {"bom-ref": refs[-1], "description": f"In the source code: {place}"}
    ref = declared.claim(f"claim-asvs-{row.id}", row.asks, reasoning=row.note, evidence=refs)
    return mapped | {"claims": [ref], "conformance": _conformance(1, row.note or "Shown by the evidence.")}


def _pack_standard(pack: Pack, lines: list[Row]) -> Row:
    return {
        "bom-ref": "standard-pack",
        "name": "PageToJob readiness pack",
        "version": str(pack.number),
        "owner": "PageToJob",
        "requirements": list(_pack_requirements(lines)),
    }


def _pack_requirements(lines: list[Row]) -> Iterator[Row]:
    for row in lines:
        texts = [text for entry in row["fields"] for text in entry.get("items") or [entry["text"]]]
        made = {"bom-ref": f"line-{row['anchor']}", "identifier": row["anchor"], "title": row["title"]}
        yield made | ({"descriptions": texts} if texts else {})


def _asvs_standard(sheet: list[Requirement]) -> Row:
    return {
        "bom-ref": "standard-asvs",
        "name": "OWASP Application Security Verification Standard",
        "version": "5.0.0",
        "description": "Requirements of levels 1 and 2, in our own words.",
        "owner": "OWASP Foundation",
        "requirements": [
            {"bom-ref": f"asvs-{row.id}", "identifier": row.id, "title": row.asks, "text": row.chapter} for row in sheet
        ],
    }
