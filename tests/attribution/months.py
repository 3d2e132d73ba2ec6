"""Helpers that build a month of synthetic exports and links, row by row."""

import io
import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from attribution.models import Invoice, Job, Label, Link, OutcomeFile, OutcomeKind, Payment
from pagetojob.platform.files.models import Purpose
from pagetojob.platform.files.services import store_file
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import Lead
from tests.support.factories import make_lead, with_manual_features

OCTOBER = date(2026, 10, 1)
NOVEMBER_1 = date(2026, 11, 1)
#: Well after October in every zone.
NOVEMBER = datetime(2026, 11, 5, 12, tzinfo=UTC)
#: Well after November in every zone.
DECEMBER = datetime(2026, 12, 5, 12, tzinfo=UTC)
AT = datetime(2026, 10, 5, 18, tzinfo=UTC)


@dataclass
class Shop:
    """Writes export rows of a tenant, as if files had been imported."""

    tenant: Tenant
    ids: Any = field(default_factory=lambda: itertools.count(1))

    def file(
        self,
        kind: OutcomeKind,
        first: date = OCTOBER,
        last: date = date(2026, 10, 31),
        note: str = "",
        taken_at: datetime = NOVEMBER,
    ) -> OutcomeFile:
        """Create an export that covers these days and was imported at `taken_at`."""
        with scope.tenant(self.tenant.pk):
            content = io.BytesIO(f"{kind} {first} {last} {note}".encode())
            stored = store_file(tenant=self.tenant, content=content, name="x.csv", purpose=Purpose.IMPORT)
            return OutcomeFile.objects.create(
                tenant=self.tenant,
                kind=kind,
                file=stored,
                sha256=stored.sha256,
                covers_from=first,
                covers_to=last,
                rows=3,
                taken_at=taken_at,
            )

    def lead(self, campaign: str = "fall-tune-up", **facts: Any) -> Lead:
        source = {"utm_campaign": campaign, "gclid": f"click-{next(self.ids)}"}
        with scope.tenant(self.tenant.pk):
            return make_lead(**{"tenant": self.tenant, "received_at": AT, "source": source, **facts})

    def job(self, file: OutcomeFile, number: int, **facts: Any) -> Job:
        given = {"opened_at": AT, "completed_at": AT, "customer_external_id": number + 5000, "row": number}
        with scope.tenant(self.tenant.pk):
            return Job.objects.create(tenant=self.tenant, file=file, external_id=number, **{**given, **facts})

    def invoice(self, file: OutcomeFile, number: int, total: str, job: int | None, **facts: Any) -> Invoice:
        given: dict[str, Any] = {"invoiced_on": AT.date(), "row": number}
        with scope.tenant(self.tenant.pk):
            return Invoice.objects.create(
                tenant=self.tenant,
                file=file,
                external_id=number,
                total=Decimal(total),
                job_external_id=job,
                **{**given, **facts},
            )

    def move_to_november(self, number: int) -> None:
        """Change the date of an invoice, in an export that covers November."""
        file = self.file(OutcomeKind.INVOICES, NOVEMBER_1, date(2026, 11, 30))
        with scope.tenant(self.tenant.pk):
            Invoice.objects.filter(external_id=number).update(invoiced_on=NOVEMBER_1, file=file)

    def payment(self, file: OutcomeFile, number: int, amount: str, invoice: int, **facts: Any) -> Payment:
        with scope.tenant(self.tenant.pk):
            return Payment.objects.create(
                tenant=self.tenant,
                file=file,
                external_id=number,
                amount=Decimal(amount),
                invoice_external_id=invoice,
                row=number,
                **facts,
            )

    def link(self, lead: Lead, job: Job, label: Label = Label.CERTAIN, probability: str = "0.990000") -> Link:
        with scope.tenant(self.tenant.pk):
            Link.objects.filter(tenant=self.tenant, job=job, current=True).update(current=False)
            return Link.objects.create(
                tenant=self.tenant, lead=lead, job=job, label=label, probability=Decimal(probability)
            )


def october(tenant: Tenant) -> Shop:
    """Create jobs 1 to 5 with invoices 11 to 15: certain, matched, open, without a lead, recall; void invoice 16."""
    shop = Shop(with_manual_features(tenant))
    jobs, invoices = shop.file(OutcomeKind.JOBS), shop.file(OutcomeKind.INVOICES)
    payments = shop.file(OutcomeKind.PAYMENTS, last=date(2026, 10, 20))
    labels = {1: Label.CERTAIN, 2: Label.MATCHED, 3: Label.NEEDS_REVIEW, 5: Label.CERTAIN}
    for number, total in ((1, "500.00"), (2, "1250.40"), (3, "300.00"), (4, "90.00"), (5, "0.00")):
        job = shop.job(jobs, number, uncharged=number == 5)
        shop.invoice(invoices, number + 10, total, number)
        if number in labels:
            shop.link(shop.lead("spring-check" if number == 2 else "fall-tune-up"), job, labels[number])
    shop.invoice(invoices, 16, "75.00", 1, voided=True)
    shop.payment(payments, 21, "200.00", 11)
    return shop
