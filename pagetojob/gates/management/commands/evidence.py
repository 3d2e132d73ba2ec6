"""`manage.py evidence`: record, revoke and list evidence from scripts. Confirming is only possible on the web."""

import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from pagetojob.gates import proof
from pagetojob.gates.attachments import Attachment, EvidenceRefused, read_attachment
from pagetojob.gates.models import Evidence, EvidenceKind, SubjectType
from pagetojob.gates.proof_form import end_of
from pagetojob.gates.registry import REQUIREMENTS, Grade
from pagetojob.gates.screens import records
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User

SCHEMA = "pagetojob.evidence/1"
NEVER = "Only two people who are signed in on the web can confirm evidence recorded here; a script cannot."


class Command(BaseCommand):
    help = "Record, revoke or list evidence for gates. It counts once two signed-in people confirm it."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        add = acts.add_parser("add", help="Record a piece of evidence.")
        add.add_argument("--gate", required=True, choices=[gate.value for gate in REQUIREMENTS])
        add.add_argument("--kind", required=True, choices=EvidenceKind.values)
        add.add_argument("--grade", required=True, choices=[grade.value for grade in Grade])
        add.add_argument("--summary", required=True, help="Description that a customer may read.")
        add.add_argument("--last-day", required=True, type=date.fromisoformat, help="YYYY-MM-DD, in UTC.")
        add.add_argument("--url", default="", help="Link to the evidence.")
        add.add_argument("--file", type=Path, help="PDF, PNG, JPEG or plain text, at most 10 MB.")
        add.add_argument("--covers", action="append", default=[], help="A scope or module that it names; repeatable.")
        revoke = acts.add_parser("revoke", help="Revoke evidence permanently.")
        revoke.add_argument("id", help="Public id, as printed by `list`.")
        revoke.add_argument("--reason", required=True)
        for act in (add, revoke):
            act.add_argument(
                "--recorded-by", required=True, metavar="EMAIL", help="Person responsible for this action."
            )
            act.add_argument("--confirm", action="store_true", help="Refused: " + NEVER)
        shown = acts.add_parser("list", help="Print the evidence on file for gates.")
        for act in (add, shown):
            act.add_argument("--tenant", metavar="SLUG", help="About this tenant; by default, about PageToJob.")
        for act in (add, revoke, shown):
            act.add_argument("--json", action="store_true", help=f"Print a document of the schema {SCHEMA}.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options.get("confirm"):
            raise CommandError(NEVER, returncode=2)
        tenant = _tenant(options.get("tenant"))
        try:
            rows = {"add": self._add, "revoke": self._revoke, "list": self._list}[options["act"]](tenant, options)
        except EvidenceRefused as refused:
            raise CommandError(str(refused)) from refused
        documents = [_document(row) for row in rows]
        if options["json"]:
            document = {"schema": SCHEMA, "evidence": documents}
            self.stdout.write(json.dumps(document, ensure_ascii=False, indent=2))
            return
        for row in documents:
            shell = ", recorded at the shell" if row["recorded_at_shell"] else ""
            self.stdout.write(
                f"{row['id']}  {row['gate']}: {row['state']}{shell}, until {row['expires_at']}. {row['summary']}"
            )

    def _add(self, tenant: Tenant | None, options: dict[str, Any]) -> list[Evidence]:
        person = _person(options["recorded_by"])
        given = proof.Proof(
            subject_type=SubjectType.GATE,
            subject=options["gate"],
            kind=EvidenceKind(options["kind"]),
            grade=Grade(options["grade"]),
            summary=options["summary"],
            expires_at=end_of(options["last_day"]),
            url=options["url"],
            attachment=_attachment(options["file"]),
            covers=tuple(options["covers"]),
            at_shell=True,
        )
        return [records.record(given=given, actor=person, tenant=tenant)]

    def _revoke(self, tenant: Tenant | None, options: dict[str, Any]) -> list[Evidence]:
        person = _person(options["recorded_by"])
        with scope.worker():
            evidence = records.of_gates().filter(public_id=_uuid(options["id"])).first()
        if evidence is None:
            raise CommandError("There is no such evidence for a gate.", returncode=2)
        records.revoke(evidence=evidence, actor=person, reason=options["reason"], at_shell=True)
        return [evidence]

    def _list(self, tenant: Tenant | None, options: dict[str, Any]) -> list[Evidence]:
        with scope.worker():
            return list(records.of_gates().filter(tenant=tenant))


def _tenant(slug: str | None) -> Tenant | None:
    if not slug:
        return None
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise CommandError(f"There is no tenant “{slug}”.", returncode=2)
    return tenant


def _person(email: str) -> User:
    person = User.objects.filter(email__iexact=email).first()
    if person is None:
        raise CommandError("No user has that email address.", returncode=2)
    if sentence := proof.why_not_record(person):
        raise CommandError(sentence, returncode=2)
    return person


def _attachment(path: Path | None) -> Attachment | None:
    if path is None:
        return None
    try:
        with path.open("rb") as content:
            return read_attachment(content, path.name)
    except OSError as error:
        raise CommandError(f"The file cannot be read: {error.strerror}.", returncode=2) from error


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise CommandError("That is not an evidence id.", returncode=2) from error


def _document(row: Evidence) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "gate": row.subject,
        "tenant": row.tenant.slug if row.tenant else None,
        "kind": row.kind,
        "grade": row.grade,
        "summary": row.summary,
        "covers": row.covers,
        "url": row.url,
        "sha256": row.sha256,
        "recorded_at_shell": row.recorded_at_shell,
        "received_at": row.received_at.isoformat(timespec="seconds"),
        "expires_at": row.expires_at.isoformat(timespec="seconds"),
        "state": records.state(row, timezone.now()).value,
    }
