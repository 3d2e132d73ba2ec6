"""Rows for the benchmark: tenants with a connection to the sink, and bookings that are owed to it.

Commands: `tenants N`, `accounts ACCOUNT...` (those the stand-in knows), `bookings N` (not due yet),
`flood N` (of one tenant, due), `floods N` (of all tenants, due), `others` (when bookings of others were tried),
`trickle COUNT MS POISON PLACE` (bookings of bench-2, one each MS; so many of bench-PLACE before them, and as many
between), `enqueue_costs` (of a request), `one` (a request, and when its notice was tried). Prints JSON.
"""

import json
import secrets
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Iterable

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.db.models import Model  # noqa: E402
from django.db.models.functions import Now  # noqa: E402

from pagetojob.demo import data  # noqa: E402
from pagetojob.gates.models import Flag  # noqa: E402
from pagetojob.gates.registry import FLAGS, Environment  # noqa: E402
from pagetojob.gates.services import give_default_flags  # noqa: E402
from pagetojob.platform.sealing.secret_values import SecretText  # noqa: E402
from pagetojob.platform.tenants import scope  # noqa: E402
from pagetojob.platform.tenants.models import BusinessProfile, NoticeRecipient, Tenant, User  # noqa: E402
from pagetojob.servicetitan.simulator.api import secret_of  # noqa: E402
from pagetojob.servicetitan.simulator.seed import BUSINESS_UNIT, CAMPAIGN, JOB_TYPE, PROVIDER  # noqa: E402
from pagetojob.servicetitan.vault.models import SecretKind  # noqa: E402
from pagetojob.servicetitan.vault.services import connections, keep  # noqa: E402
from pagetojob.titanmap.models import Family, PageBinding, TaxonomyItem, Urgency  # noqa: E402
from syncqueue.leads import reference  # noqa: E402
from syncqueue.leads.models import BookingRequest, Lead  # noqa: E402
from syncqueue.models import Kind, SyncAttempt, SyncItem  # noqa: E402
from syncqueue.services.intake import AppointmentRequest, capture_request, enqueue  # noqa: E402

FLAG = "api-booking-sync"
WHY = "The benchmark."
ENQUEUED = 1200
_IDS = {
    Family.JOB_TYPE: JOB_TYPE,
    Family.BUSINESS_UNIT: BUSINESS_UNIT,
    Family.CAMPAIGN: CAMPAIGN,
    Family.BOOKING_PROVIDER: PROVIDER,
}
_SECRETS = (
    (SecretKind.APP_KEY, "ak1.only-for-benchmarks"),
    (SecretKind.CLIENT_ID, "cid.only-for-benchmarks"),
    (SecretKind.CLIENT_SECRET, "cs1.only-for-benchmarks"),
)


def tenants(count: int) -> None:
    for number in range(count):
        tenant = _tenant(number)
        with scope.tenant(tenant.pk):
            TaxonomyItem.objects.filter(tenant=tenant).update(external_id=_some_id())
        _connect(tenant, str(1000 + number), _SECRETS)


def accounts(*accounts: int) -> None:
    for number, account in enumerate(accounts):
        tenant = _tenant(number)
        with scope.tenant(tenant.pk):
            for family, external_id in _IDS.items():
                TaxonomyItem.objects.filter(tenant=tenant, family=family).update(external_id=external_id)
        client = f"cid.standin.{account}"
        secrets_there = (_SECRETS[0], (SecretKind.CLIENT_ID, client), (SecretKind.CLIENT_SECRET, secret_of(client)))
        _connect(tenant, str(account), secrets_there)


def _tenant(number: int) -> Tenant:
    tenant = Tenant.objects.create(slug=f"bench-{number}", name=f"Bench {number}", is_demo=True)
    with scope.tenant(tenant.pk):
        BusinessProfile.objects.create(tenant=tenant, phone="(602) 555-0100")
        NoticeRecipient.objects.create(tenant=tenant, email="o@bench.example")
        give_default_flags(tenant)
        data._titan_map(tenant)
        Flag.objects.filter(tenant=tenant, slug=FLAG).update(wanted=True)
    return tenant


@transaction.atomic
def _connect(tenant: Tenant, account: str, held: Iterable[tuple[SecretKind, str]]) -> None:
    """One commit for what a person would do in seven."""
    owner = User.objects.get(email=data.OWNER_EMAIL)
    row, _ = connections.begin(tenant=tenant, environment=Environment.SIMULATOR, actor=owner, reason=WHY)
    connections.ask_approval(connection=row, actor=owner, reason=WHY)
    scopes = FLAGS[FLAG].least_scopes
    connections.authorize(
        connection=row, servicetitan_tenant=account, scopes=scopes, modules=(), actor=owner, reason=WHY
    )
    for kind, text in held:
        keep(connection=row, kind=kind, value=SecretText(text), actor=owner, reason=WHY)
    connections.activate(connection=row, actor=owner, reason=WHY)


def _some_id() -> int:
    return 1 + secrets.randbelow(10**6)


def bookings(count: int) -> None:
    every = list(Tenant.objects.filter(slug__startswith="bench-").order_by("pk"))
    for place, tenant in enumerate(every):
        share = count // len(every) + (place < count % len(every))
        with scope.tenant(tenant.pk):
            binding = PageBinding.objects.filter(tenant=tenant, slug="ac-repair-phoenix").first()
            leads = Lead.objects.bulk_create(_leads(tenant, share))
            BookingRequest.objects.bulk_create(_request(tenant, lead, binding) for lead in leads)
            SyncItem.objects.bulk_create(
                SyncItem(
                    tenant=tenant,
                    kind=Kind.BOOKING_REQUEST,
                    lead=lead,
                    binding=binding,
                    dedupe_key=str(lead.public_id),
                    due_at=None,
                )
                for lead in leads
            )


def _leads(tenant: Tenant, count: int) -> list[Lead]:
    """Their codes go on from the last one's, far from those of a flood: drawn, in one run of fifty two would meet."""
    first = Lead.objects.filter(tenant=tenant).count()
    return [_lead(tenant, number) for number in range(first, first + count)]


def _lead(tenant: Tenant, number: int | None = None) -> Lead:
    return Lead(
        tenant=tenant,
        reference=reference.outside_reference(secrets.token_bytes(8)),
        spoken_code=reference.spoken_code(secrets.randbelow(32**6) if number is None else 32**6 // 2 + number),
        form_key=uuid.uuid4().hex,
        name="Jamie Rivera",
        phone="(602) 555-0199",
        message="No cold air since this morning.",
        consent_text="You may contact me.",
    )


def _request(tenant: Tenant, lead: Lead, binding: PageBinding | None) -> BookingRequest:
    return BookingRequest(
        tenant=tenant,
        lead=lead,
        service="AC Repair",
        urgency=Urgency.EMERGENCY,
        page_path="/ac-repair-phoenix",
        binding=binding,
        capacity=None,
    )


def flood(count: int) -> None:
    """So many bookings of one tenant, all due: copies of one."""
    _flood(Tenant.objects.get(slug="bench-0"), range(1, count + 1))


def floods(count: int) -> None:
    """So many bookings of all tenants together, all due."""
    every = list(Tenant.objects.filter(slug__startswith="bench-").order_by("pk"))
    share = count // len(every)
    for place, tenant in enumerate(every):
        _flood(tenant, range(1 + place * share, 1 + (place + 1) * share))


def _flood(tenant: Tenant, numbers: range) -> None:
    with scope.tenant(tenant.pk):
        lead = _lead(tenant)
        lead.save(force_insert=True)
        request = _request(tenant, lead, PageBinding.objects.filter(tenant=tenant, slug="ac-repair-phoenix").first())
        request.save(force_insert=True)
        item = SyncItem.objects.create(
            tenant=tenant, kind=Kind.BOOKING_REQUEST, lead=lead, dedupe_key="flood", due_at=Now()
        )
        _copy(
            lead,
            f"generate_series({numbers.start}, {numbers.stop - 1}) AS n",
            public_id="gen_random_uuid()",
            form_key="'flood' || n",
            reference="'st-ready:f' || lpad(to_hex(n), 15, '0')",
            spoken_code="'PTJ-' || lpad(n::text, 7, '0')",
        )
        copies = "leads_lead AS lead"
        where = f"lead.tenant_id = {tenant.pk} AND lead.form_key LIKE 'flood%%'"
        _copy(request, copies, where, lead_id="lead.id")
        _copy(item, copies, where, public_id="gen_random_uuid()", dedupe_key="lead.form_key", lead_id="lead.id")


def _copy(row: Model, source: str, where: str = "true", **made: str) -> None:
    """Rows like `row` for each of `source`, but for what is made."""
    table = row._meta.db_table
    names = [str(field.column) for field in row._meta.concrete_fields if not field.primary_key]
    values = ", ".join(made.get(name, f"first.{name}") for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)})"  # noqa: S608 - our own columns
            f" SELECT {values} FROM {table} AS first, {source} WHERE first.id = %s AND {where}",
            [row.pk],
        )


def others() -> None:
    """Seconds from the commit of a booking to the start of its first try, of twenty tenants, one after another."""
    others = Tenant.objects.filter(slug__regex="^bench-[1-9][0-9]$").order_by("pk")[:20]
    print(json.dumps([_until_tried(_booking(tenant)) for tenant in others]))


def trickle(count: int, milliseconds: int, poison: int, place: int) -> None:
    poisoned, well = Tenant.objects.get(slug=f"bench-{place}"), Tenant.objects.get(slug="bench-2")
    for _ in range(poison):
        _booking(poisoned)
    for turn in range(count):
        time.sleep(milliseconds / 1000)
        _booking(well)
        if poison and turn % (1 + count // poison) == 0:
            _booking(poisoned)


def _booking(tenant: Tenant) -> Lead:
    """One that is due at once."""
    with scope.tenant(tenant.pk):
        lead = _lead(tenant)
        lead.save(force_insert=True)
        binding = PageBinding.objects.filter(tenant=tenant, slug="ac-repair-phoenix").first()
        _request(tenant, lead, binding).save(force_insert=True)
        SyncItem.objects.create(
            tenant=tenant, kind=Kind.BOOKING_REQUEST, lead=lead, dedupe_key=str(lead.public_id), due_at=Now()
        )
    return lead


def _until_tried(lead: Lead) -> float:
    while True:
        with scope.worker():
            began = SyncAttempt.objects.filter(item__lead=lead).order_by("id").values_list("began_at", flat=True)
            first = began.first()
        if first:
            break
        time.sleep(0.02)
    with scope.tenant(lead.tenant_id):
        return (first - Lead.objects.get(pk=lead.pk).received_at).total_seconds()


def enqueue_costs() -> None:
    """Milliseconds of a commit with lead and request as intake makes them, and with what is owed; in turns.

    Owed is the booking of a bound page, with its notice, both due now.
    """
    tenant = Tenant.objects.get(slug="bench-0")
    bare: list[float] = []
    owed: list[float] = []
    with scope.tenant(tenant.pk):
        binding = PageBinding.objects.filter(tenant=tenant, slug="ac-repair-phoenix").first()
    for turn in range(ENQUEUED):
        kinds = (Kind.BUSINESS_NOTIFICATION, Kind.BOOKING_REQUEST) if turn % 2 else ()
        began = time.perf_counter()
        with scope.tenant(tenant.pk):
            lead = _lead(tenant)
            lead.save(force_insert=True)
            request = _request(tenant, lead, binding)
            request.save(force_insert=True)
            if kinds:
                enqueue(request, kinds, priority=5)
        (owed if turn % 2 else bare).append((time.perf_counter() - began) * 1000)
    with scope.worker():
        SyncItem.objects.filter(tenant=tenant, state="queued").update(due_at=None)
    print(json.dumps({"bare": statistics.median(bare), "owed": statistics.median(owed)}))


def one() -> None:
    """Seconds from the commit of a lead to the first attempt of its notice, on an idle system; twenty times."""
    tenant = Tenant.objects.get(slug=data.SLUG)
    waits = []
    for number in range(20):
        time.sleep(0.3 + number * 0.037)
        with scope.tenant(tenant.pk):
            asked = AppointmentRequest(
                form_token=uuid.uuid4(),
                name="Jamie Rivera",
                phone="(602) 555-0199",
                service="AC Repair",
                urgency="soon",
                page_path="/",
                consent_text="Yes.",
            )
            lead, _ = capture_request(tenant=tenant, request=asked, binding=None)
        waits.append(_until_tried(lead))
    print(json.dumps(waits))


STEPS = (tenants, accounts, bookings, flood, floods, others, trickle, enqueue_costs, one)

if __name__ == "__main__":
    steps: dict[str, Callable[..., None]] = {step.__name__: step for step in STEPS}
    steps[sys.argv[1]](*map(int, sys.argv[2:]))
    connection.close()
