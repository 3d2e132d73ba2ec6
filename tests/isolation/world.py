"""Two tenants with one of everything that has an address, and words that only one of them may ever read."""

import hashlib
import io
import uuid
import zlib
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from attribution.models import ESTIMATE, Estimate, Job, Label, Link, LinkRun, OutcomeFile, OutcomeKind, Verdict
from attribution.packets.sealing import ask_packet, seal
from attribution.services import review
from attribution.services.linking import start_linking
from attribution.services.outcome_import import slug_of, take_file
from drift.compare.findings import Rule, Severity
from drift.models import (
    Answer,
    Choice,
    Finding,
    FindingPicture,
    Moment,
    RulePause,
    Site,
    SiteReading,
    Snapshot,
)
from drift.models.answer import Grade as AnswerGrade
from pagetojob.gates import proof
from pagetojob.gates.attachments import read_attachment
from pagetojob.gates.models import EvidenceKind, SubjectType
from pagetojob.gates.registry import Environment, Gate, Grade
from pagetojob.gates.scopes import SCOPES
from pagetojob.importer.uploads import take_upload
from pagetojob.onboarding import access
from pagetojob.onboarding.embeds import add_embed
from pagetojob.onboarding.models import DomainCheck, QuietPage
from pagetojob.onboarding.notes import add_note
from pagetojob.ops.on_call import add_shift
from pagetojob.platform.accounts.models import Invitation
from pagetojob.platform.accounts.services.email_change import request_change
from pagetojob.platform.audit.services import record
from pagetojob.platform.derived_keys import link_token
from pagetojob.platform.files.models import Purpose
from pagetojob.platform.files.services import store_file
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, NoticeRecipient, Tenant, User
from pagetojob.platform.tenants.roles import TenantRole
from pagetojob.retention.exporting import request_export
from pagetojob.retention.models import Offboarding, SubjectRequest
from pagetojob.retention.services import request_hold
from pagetojob.servicetitan.validation import results
from pagetojob.servicetitan.validation.models import ValidationRun
from pagetojob.servicetitan.validation.protocol import CASES, Result
from pagetojob.servicetitan.vault.models import Acceptance, Connection, FollowUp, Step
from pagetojob.servicetitan.vault.services import app_versions, connections, disconnect
from pagetojob.titanmap.drafts import write_draft
from pagetojob.titanmap.importing import target_slug
from pagetojob.titanmap.models import CapacityRule, Family, PageBinding, PageDraft, TaxonomyItem
from readiness.models import AccessItem
from syncqueue.inbox.outcomes import Outcome
from syncqueue.inbox.verifiers import Scheme
from syncqueue.leads.models import Lead, LeadAnswer, LeadPhoto
from syncqueue.models import HookRoute, InboxEvent, Kind, Lane, QuarantinedRequest, Refusal, SyncItem
from syncqueue.notices import recipients
from syncqueue.notices.models import RecipientNotice
from syncqueue.services.bulk import BULK
from syncqueue.services.intake import capture_request
from tests.attribution.months import OCTOBER, Shop
from tests.attribution.statements import close_statement
from tests.support.factories import appointment, make_membership, make_user, with_manual_features
from tests.support.pictures import jpeg

from .addresses import ANONYMOUS


@dataclass(frozen=True)
class Holding:
    """What one tenant has: `ids` fill the blanks of addresses, `secrets` stand in its rows and nowhere else."""

    tenant: Tenant
    ids: dict[str, str]
    secrets: tuple[str, ...]
    code: str

    @property
    def personal(self) -> tuple[str, ...]:
        return self.secrets[:2]

    @property
    def own_words(self) -> tuple[str, ...]:
        """What must stand on no page of another tenant."""
        return (*self.secrets, self.code, self.tenant.name.replace("&", "&amp;"))


def settle(tenant: Tenant, word: str) -> Holding:
    """Give `tenant` a lead with its items, a run and evidence, with `word` in each text."""
    recorder: User = make_user()
    about = {"owner": "Customer", "status": "customer required", "purpose": "Why", "artifacts": "A", "never_ask": "B"}
    AccessItem.objects.get_or_create(slug="name-the-admin", defaults={"title": "Name", **about})
    secrets = tuple(
        f"{word}-{part}"
        for part in ("name", "message", "run", "summary", "file", "reason", "invited", "ended", "moving")
    )
    colleague = make_membership(tenant=tenant, user=make_user(), role="reviewer").user
    with scope.tenant(with_manual_features(tenant).pk):
        BusinessProfile.objects.get_or_create(
            tenant=tenant,
            defaults={"phone": "(303) 555-0100", "service_area": "Denver"},
        )
        recipient, _ = NoticeRecipient.objects.get_or_create(tenant=tenant, email="office@example.com")
        changed = recipients.change(recipient=recipient, by=recorder, reason="for the table", label=f"{word}-label")
        assert changed is not None
        lead, _ = capture_request(tenant=tenant, request=appointment(name=secrets[0], message=secrets[1]), binding=None)
        item = SyncItem.objects.get(lead=lead, kind=Kind.BOOKING_REQUEST)
        answer = LeadAnswer.objects.create(tenant=tenant, lead=lead, kind="contacted", by=recorder)
        picture = store_file(tenant=tenant, content=io.BytesIO(jpeg()), name="photo-1.jpg", purpose=Purpose.PHOTO)
        LeadPhoto.objects.create(tenant=tenant, lead=lead, file=picture, position=1)
        given = access.answer(
            tenant=tenant,
            item=access.Item("access", "name-the-admin", "Name", "Why"),
            text=f"{word}-answer",
            by=recorder,
            artifact=read_attachment(io.BytesIO(f"{word}-artifact".encode()), "list.txt"),
        )
        notice = RecipientNotice.objects.filter(lead=lead).values_list("public_id", flat=True)[0]
        event, kept = _inbox(tenant)
        run = Run.objects.create(tenant=tenant, kind=BULK, asked_by=recorder, params={"words": secrets[2]})
        evidence = proof.record_evidence(
            tenant=tenant,
            actor=recorder,
            proof=proof.Proof(
                subject_type=SubjectType.GATE,
                subject=Gate.PRIVACY_REVIEW,
                kind=EvidenceKind.CONFIRMATION,
                grade=Grade.CONFIRMED_BY_CUSTOMER,
                summary=secrets[3],
                expires_at=timezone.now() + timedelta(days=30),
                attachment=read_attachment(io.BytesIO(secrets[4].encode()), "review.txt"),
            ),
        )
        invitation = Invitation.objects.create(
            tenant=tenant,
            tenant_role=TenantRole.REVIEWER,
            email=f"{secrets[6]}@example.com",
            digest=hashlib.sha256(word.encode()).hexdigest(),
            expires_at=timezone.now() + timedelta(days=1),
            invited_by=recorder,
        )
        owner_invitation = Invitation.objects.create(
            tenant=tenant,
            tenant_role=TenantRole.OWNER,
            email="owner-of-the-table@example.com",
            digest=hashlib.sha256(f"{word}-owner".encode()).hexdigest(),
            expires_at=timezone.now() + timedelta(days=1),
            invited_by=recorder,
        )
        email_change = request_change(user=recorder, new_email=f"{secrets[8]}@example.com")
        item_of_map = TaxonomyItem.objects.create(tenant=tenant, family=Family.OFFER, name=f"{word}-of-the-map")
        upload = take_upload(
            tenant=tenant,
            target=target_slug(Family.OFFER),
            content=io.BytesIO(f"name\n{word}-imported".encode()),
            name="offers.csv",
            actor=recorder,
        )
        export = take_upload(
            tenant=tenant,
            target=slug_of(OutcomeKind.JOBS),
            content=io.BytesIO(f"Job ID,Summary\n1,{word}-exported\n".encode()),
            name="jobs.csv",
            actor=recorder,
        )
        record(action="test.act", subject="test", reason=secrets[5], tenant=tenant, actor=recorder)
    with scope.worker():
        Lane.objects.create(tenant=tenant, kind=Kind.BOOKING_REQUEST)
        refusal = Refusal.objects.create(tenant=tenant, environment=Environment.SIMULATOR.value, key="campaign=1")
    connection, receipt = _connections(tenant, recorder, secrets[7])
    number, acceptance = _app_version(connection)
    outcomes = _outcomes(tenant, lead)
    statement, packet = _sealed(tenant, recorder)
    ids = {
        "object_id": "987654321",
        "pk": "987654321",
        "slug": tenant.slug,
        "tenant": tenant.slug,
        "public_id": str(item.public_id),
        "ops:run public_id": str(run.public_id),
        "ops:refusal public_id": str(refusal.public_id),
        "ops:run-stop public_id": str(run.public_id),
        "ops:run-undo public_id": str(run.public_id),
        "intake:received public_id": str(lead.public_id),
        "onboarding:recipient public_id": str(recipient.public_id),
        "gates:evidence-confirm public_id": str(evidence.public_id),
        "gates:evidence-revoke public_id": str(evidence.public_id),
        "gates:evidence-file public_id": str(evidence.public_id),
        **outcomes,
        **{f"connections:{name} public_id": str(connection) for name in ("move", "keep", "disconnect")},
        **{
            f"connections:{name} public_id": str(receipt)
            for name in ("receipt", "receipt-pdf", "receipt-bundle", "ids-read", "revocation")
        },
        **dict.fromkeys(
            (f"sandbox:{name} public_id" for name in ("run", "run-json", "run-with-proof")), str(_validation_run())
        ),
        "facts:read fact": "hosts",
        "ops:notice-retry public_id": str(notice),
        **{f"core:ops-on-call-{name} public_id": _shift() for name in ("remove", "undo")},
        "versions:publish number": str(number),
        "versions:accept public_id": str(acceptance),
        "accounts:email-confirm token": link_token("email", email_change.public_id),
        **{f"portal:{name} public_id": str(lead.public_id) for name in ("request", "answer", "note", "photo")},
        "portal:remove-member public_id": str(colleague.public_id),
        "portal:artifact public_id": str(given.public_id),
        **{f"portal:{name} public_id": str(recipient.public_id) for name in ("recipient", "recipient-act")},
        "portal:undo-recipient public_id": str(changed.public_id),
        "portal:undo-answer public_id": str(answer.public_id),
        "portal:disconnect public_id": str(connection),
        "portal:receipt public_id": str(receipt),
        "portal:receipt-pdf public_id": str(receipt),
        "portal:receipt-bundle public_id": str(receipt),
        "portal:ids-read public_id": str(receipt),
        "portal:revoke public_id": str(invitation.public_id),
        "onboarding:revoke-owner public_id": str(owner_invitation.public_id),
        "ops:inbox-ring public_id": str(event.route.public_id),
        "ops:inbox-recipe public_id": str(event.route.public_id),
        **{f"ops:inbox-{name} public_id": str(event.route.public_id) for name in ("open", "route", "test", "close")},
        "ops:inbox-event public_id": str(event.public_id),
        "ops:inbox-unmask public_id": str(event.public_id),
        "ops:inbox-rerun public_id": str(event.public_id),
        "ops:inbox-quarantined public_id": str(kept.public_id),
        "ops:inbox-unmask-quarantined public_id": str(kept.public_id),
        "ops:inbox-rerun-quarantined public_id": str(kept.public_id),
        **{f"statements:{name} public_id": statement for name in ("statement", "restate", "rows", "conversions")},
        "statements:bundle public_id": statement,
        "portal:month public_id": statement,
        "portal:month-bundle public_id": statement,
        "portal:packet-file public_id": packet,
        "portal:packet-bundle public_id": packet,
        **{f"packets:{name} public_id": packet for name in ("packet", "file", "bundle")},
        **{f"titanmap:{name} public_id": str(item_of_map.public_id) for name in ("item", "item-state", "item-edit")},
        **_written(tenant, recorder),
        **_drift(tenant),
        **{f"titanmap:{name} public_id": str(upload.public_id) for name in _MAP_IMPORTS},
        **{f"attribution:{name} public_id": str(export.public_id) for name in _IMPORTS},
        **_domain(tenant),
        **_care(tenant),
        "retention:move-hold public_id": _hold(tenant),
        "retention:download-export public_id": _export(tenant),
        **_subject(tenant),
        "admin:gates_evidence object_id": str(evidence.pk),
        "admin:gates_evidence pk": str(evidence.pk),
    }
    return Holding(tenant, ids, secrets, lead.spoken_code)


def _care(tenant: Tenant) -> dict[str, str]:
    """A note on the contractor, and a page that is quiet."""
    actor = make_user(ops_role="operator")
    with scope.operator(actor, reason="table"):
        note = add_note(tenant=tenant, text="for the table", by=actor)
        assert note
        page_url = f"https://{tenant.slug}.example/contact"
        embed, _ = add_embed(tenant=tenant, page_url=page_url, by=actor, reason="for the table")
    with scope.worker():
        quiet = QuietPage.objects.create(tenant=tenant, since=timezone.now(), expected=9)
    return {
        "onboarding:undo-note public_id": str(note.public_id),
        **{f"onboarding:embed-{name} public_id": str(embed.public_id) for name in ("check", "key", "remove")},
        "onboarding:quiet-page public_id": str(quiet.public_id),
    }


def _written(tenant: Tenant, actor: User) -> dict[str, str]:
    """A draft of a page, and a capacity rule."""
    with scope.tenant(tenant.pk):
        values = dict.fromkeys(PageDraft.CONTENT_FIELDS, "") | dict.fromkeys(PageDraft.MAPPED) | {
            "page_path": "/for-the-table", "kind": "service", "label": "for the table",
        }  # fmt: skip
        draft = write_draft(tenant=tenant, slug="for-the-table", values=values, actor=actor, reason="table", based_on=0)
        rule = CapacityRule.objects.create(tenant=tenant, name="for the table", primary="request", sentence="Ask.")
        rule.refresh_from_db()
        PageBinding.objects.create(tenant=tenant, slug="bound", page_path="/bound", label="for the table")
    return {
        **{f"titanmap:{name} page": "bound" for name in ("page", "draft-new", "roll-back")},
        **{f"titanmap:{name} public_id": str(draft.public_id) for name in _DRAFTS},
        "titanmap:drafts-return public_id": str(draft.written_by.public_id),
        **{f"onboarding:{name} public_id": str(draft.public_id) for name in ("phone", "framed-page")},
        **{f"titanmap:{name} public_id": str(rule.public_id) for name in ("rule", "rule-save")},
    }


def _drift(tenant: Tenant) -> dict[str, str]:
    """A site with a reading, and a finding that was answered by phone with a photo."""
    actor = make_user(ops_role="operator")
    with scope.operator(actor, "for the table"):
        site = Site.objects.create(tenant=tenant, base_url=f"https://{tenant.slug}.example/", reads_itself=False)
        reading = SiteReading.objects.create(tenant=tenant, site=site, ended_at=timezone.now())
        finding = Finding.objects.create(
            tenant=tenant,
            fingerprint="0" * 32,
            rule=Rule.WRONG_PHONE,
            harm=Severity.CRITICAL,
            item="phone",
            first_reading=reading,
            last_reading=reading,
        )
        photo = store_file(tenant=tenant, content=io.BytesIO(jpeg()), name="a photo", purpose=Purpose.PHOTO)
        Answer.objects.create(
            tenant=tenant,
            finding=finding,
            choice=Choice.values[0],
            photo=photo,
            shown={},
            grade=AnswerGrade.PHONE,
            told_by="the office",
            recorded_by=actor,
        )
        page = zlib.compress(b"<body><p>Hello")
        snapshot = Snapshot.objects.create(tenant=tenant, page="/", sha256="0" * 64, html=page, text=page, size=1)
        picture = FindingPicture.objects.create(
            tenant=tenant,
            finding=finding,
            reading=reading,
            snapshot=snapshot,
            opening=1,
            moment=Moment.OPENED,
            file=photo,
        )
        pause = RulePause.objects.create(tenant=tenant, rule=Rule.WRONG_PHONE, false_alarms=3, judged=3)
    return {
        **{f"drift:{name} public_id": str(finding.public_id) for name in ("finding", "act")},
        "drift:reading public_id": str(reading.public_id),
        "drift:photo public_id": str(photo.public_id),
        **dict.fromkeys(
            (f"{name} public_id" for name in ("drift:picture", "drift:snapshot", "portal:website-picture")),
            str(picture.public_id),
        ),
        "drift:lift pk": str(pause.pk),
    }


def _domain(tenant: Tenant) -> dict[str, str]:
    """A domain of its own that was never checked."""
    with scope.operator(make_user(ops_role="operator"), "for the table"):
        check = DomainCheck.objects.create(tenant=tenant, domain=f"www.{tenant.slug}.example", token="0" * 32)
    return {f"domains:{name} public_id": str(check.public_id) for name in ("check", "remove")}


def _hold(tenant: Tenant) -> str:
    """A legal hold on a person, requested and not confirmed."""
    actor = make_user(ops_role="operator")
    with scope.operator(actor, "for the table"):
        hold = request_hold(tenant=tenant, person="held@example.com", actor=actor, reason="for the table")
    return str(hold.public_id)


def _export(tenant: Tenant) -> str:
    """An export of the whole tenant, requested and not complete."""
    actor = make_user(ops_role="operator")
    with scope.operator(actor, "for the table"):
        return str(request_export(tenant=tenant, actor=actor, reason="for the table").public_id)


def _subject(tenant: Tenant) -> dict[str, str]:
    """A request of a person and an offboarding, each ended with a receipt."""
    actor = make_user(ops_role="operator")
    with scope.operator(actor, "for the table"):
        request = SubjectRequest.objects.create(
            tenant=tenant,
            kind="erasure",
            opened_by=actor,
            due_on=timezone.now().date(),
            ended_at=timezone.now(),
            receipt={"erased": [], "remains": [], "found_afterwards": {}, "sha256": "0" * 64},
        )
        Offboarding.objects.create(
            tenant=tenant,
            requested_by=actor,
            page_until=timezone.now().date(),
            ended_at=timezone.now(),
            receipt={"deleted": [], "remains": [], "keys_destroyed": [], "sha256": "0" * 64},
        )
    names = ("subject", "choose-rows", "letter", "receipt", "copy", "move-subject", "subject-file")
    return {f"retention:{name} public_id": str(request.public_id) for name in names}


def _outcomes(tenant: Tenant, lead: Lead) -> dict[str, str]:
    """A job that may have come of the lead, once decided and taken back, with its export; blanks filled by them."""
    actor = make_user(ops_role="operator")
    jobs = b"Job ID,Created On,Customer Name\n1,2026-06-02,Somebody\n"
    take_file(tenant=tenant, kind="jobs", content=jobs, name="jobs.csv", actor=actor, reason="for the table")
    with scope.tenant(tenant.pk):
        file = OutcomeFile.objects.get(tenant=tenant)
        link = Link.objects.create(
            tenant=tenant, lead=lead, job=Job.objects.get(tenant=tenant), label=Label.NEEDS_REVIEW
        )
        linking = LinkRun.objects.create(
            tenant=tenant,
            run=start_linking(tenant=tenant, actor=actor, reason="for the table")[0],
            window_days=90,
            card={"model": {"matched_from": 0.9}},
            seen_to=timezone.now(),
            applied_at=timezone.now(),
        )
        estimate = Estimate.objects.create(
            tenant=tenant,
            run=Run.objects.create(tenant=tenant, kind=ESTIMATE, asked_by=actor),
            base_sha256="0" * 64,
            model_sha256="1" * 64,
            weights={},
            labels=50,
            decided_to=0,
            files_to=0,
            effect=_EFFECT,
        )
    with scope.operator(actor, "for the table"):
        decision = review.decide(link=link, verdict=Verdict.CANT_SAY, actor=actor)
    return {
        "attribution:chain public_id": str(lead.public_id),
        "attribution:file public_id": str(file.public_id),
        **{f"attribution:{name} public_id": str(link.public_id) for name in ("one", "decide", "look-again", "weights")},
        "attribution:undo public_id": str(decision.public_id),
        "attribution:linking public_id": str(linking.public_id),
        **{f"attribution:{name} public_id": str(estimate.public_id) for name in ("estimate", "apply")},
    }


_DRAFTS = ("draft", "draft-edit", "draft-send", "draft-act")
_EFFECT = {
    "labels": {},
    "money": {name: ["1.00", "2.00"] for name in ("counted", "if_all_accepted", "paid")},
    "months": [],
    "moved": 0,
    "sums": [],
    "moves": [],
    "fit": {"decisions": 50, "shipped": 40, "own": 45},
}


_IMPORTS = ("import", "columns", "problems-csv", "mapping", "sheet", "approve", "discard")
_MAP_IMPORTS = (*_IMPORTS, "rows", "resume", "undo", "import-drafts", "import-drafts-approve", "import-drafts-back")


def _shift() -> str:
    first, second = make_user(ops_role="operator"), make_user(ops_role="operator")
    with scope.operator(first, reason="test"):
        start = timezone.now()
        shift = add_shift(starts_at=start, ends_at=start + timedelta(days=1), first=first, second=second, by=first)
    return str(shift.public_id)


def _connections(tenant: Tenant, actor: User, word: str) -> tuple[uuid.UUID, uuid.UUID]:
    """Public ids of a connection that lives and of the receipt of one that ended, with its PDF; `word` in both."""
    live, _ = connections.begin(tenant=tenant, environment=Environment.PRODUCTION, actor=actor, reason=word)
    over, _ = connections.begin(tenant=tenant, environment=Environment.INTEGRATION, actor=actor, reason=word)
    receipt = disconnect(connection=over, actor=actor, reason=word)
    with scope.tenant(tenant.pk):
        pdf, ids = (
            store_file(tenant=tenant, content=io.BytesIO(text.encode()), name="r.pdf", purpose=Purpose.PACKET)
            for text in (f"%PDF-{word}", f"kind,id\n{word},1\n")
        )
    with scope.worker():
        for step, file in ((Step.MAKE_PDF, pdf), (Step.LIST_READ, ids)):
            made = FollowUp.objects.filter(receipt=receipt, step=step)
            made.update(file=file, outcome="Made.", done_at=timezone.now())
    return live.public_id, receipt.public_id


def _validation_run() -> uuid.UUID:
    """A finished run of sandbox validation with a result, which is ours and not a tenant's."""
    with scope.worker():
        run = ValidationRun.objects.create(environment=Environment.SIMULATOR)
        results.store(
            run, case=CASES[0].slug, result=Result.PASSED, grade=Grade.SIMULATOR, reason="", evidence={}, requests=[],
            began_at=timezone.now(),
        )  # fmt: skip
        results.close(run)
        return run.public_id


def _app_version(connection: uuid.UUID) -> tuple[int, uuid.UUID]:
    """Number of a proposed version of the app, and public id of its acceptance by the admin of a connection."""
    operator = make_user(ops_role="operator")
    with scope.operator(operator, reason="test"):
        version = app_versions.propose(scopes=list(SCOPES), evidence="Ticket 7", actor=operator, reason="Agreed.")
        row = Connection.objects.get(public_id=connection)
        acceptance = Acceptance.objects.create(tenant_id=row.tenant_id, version=version, connection=row)
    return version.number, acceptance.public_id


def _sealed(tenant: Tenant, actor: User) -> tuple[str, str]:
    """Public ids of a closed month and of a packet of it that is sealed."""
    shop = Shop(tenant)
    shop.invoice(shop.file(OutcomeKind.INVOICES), 911, "500.00", None)
    statement = close_statement(tenant, actor)
    packet, _ = ask_packet(tenant=tenant, campaign="", first=OCTOBER, last=OCTOBER, actor=actor, reason="Agreed.")
    seal(packet, make_pdf=lambda html: b"%PDF-" + html.encode())
    return str(statement.public_id), str(packet.public_id)


def _inbox(tenant: Tenant) -> tuple[InboxEvent, QuarantinedRequest]:
    """An event and a quarantined request of a route, as if they had come in; nothing of them is sealed any more."""
    connection = Connection.objects.create(tenant=tenant, environment=Environment.SIMULATOR)
    route = HookRoute.objects.create(
        public_id=connection.public_id, tenant=tenant, connection=connection, scheme=Scheme.STANDARD.value
    )
    now = timezone.now()
    event = InboxEvent.objects.create(
        tenant=tenant,
        route=route,
        repeat_key="0" * 64,
        kind="booking.updated",
        kind_version="1",
        occurred_at=now,
        signed_at=now,
        received_at=now,
        size=1,
    )
    kept = QuarantinedRequest.objects.create(
        tenant=tenant, route=route, outcome=Outcome.UNSIGNED.value, size=1, received_at=now
    )
    return event, kept


def unknown(like: Holding) -> dict[str, str]:
    """For each id of `like` one of the same shape that belongs to nobody."""
    return {
        name: "987654321" if value.isdecimal() else str(uuid.uuid4()) if len(value) == 36 else "no-such-tenant"
        for name, value in like.ids.items()
    }


def client_of(role: str, request: pytest.FixtureRequest) -> Client:
    """Return a client that is signed in as this role."""
    client, fixture = Client(), {"lead": "lead_operator", "admin": "admin_user"}.get(role, role)
    if role != ANONYMOUS:
        client.force_login(request.getfixturevalue(fixture))
    return client
