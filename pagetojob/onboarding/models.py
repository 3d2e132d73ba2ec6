"""Domains of contractors and the results of their DNS checks."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified, TenantOwned

from .dns.verdicts import Verdict

VERDICTS = [(verdict.value, verdict.value) for verdict in Verdict]
SETTLED = [verdict.value for verdict in Verdict if verdict is not Verdict.CANNOT_TELL]
LONGEST_DOMAIN = 253


class DomainCheck(TenantOwned, Identified, Created):
    """A contractor's own domain and the result of its last check.

    `verdict` is that of the last check. `settled` is that of the last check that could tell, so a silent DNS server
    changes nothing. `report` is what `domains.report_of` made of the last check.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    domain = models.CharField(max_length=LONGEST_DOMAIN, help_text="In lower-case ASCII.")
    by_address = models.BooleanField(default=False, help_text="Requested with addresses instead of an alias.")
    sender = models.CharField(max_length=LONGEST_DOMAIN, blank=True, help_text="Domain of the sender of our mail.")
    token = models.CharField(max_length=40, editable=False, help_text="Proves who controls the domain.")
    verdict = models.CharField(max_length=12, choices=VERDICTS, blank=True, editable=False)
    settled = models.CharField(max_length=12, choices=VERDICTS, blank=True, editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False, help_text="Failed checks in a row.")
    verified_at = models.DateTimeField(
        null=True, editable=False, help_text="The last time that all records were there."
    )
    alarm_at = models.DateTimeField(null=True, editable=False, help_text="Since then, a verified domain fails.")
    report = models.JSONField(default=dict, editable=False)
    checked_at = models.DateTimeField(null=True, editable=False)
    due_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("domain",)
        constraints = (
            models.UniqueConstraint("tenant", "id", name="domain_check_tenant_key"),
            models.UniqueConstraint("domain", name="domain_check_once"),
            models.CheckConstraint(
                condition=Q(domain__regex=r"^[a-z0-9_-]+(\.[a-z0-9_-]+)+$"), name="domain_check_normalized"
            ),
            models.CheckConstraint(
                condition=Q(verdict__in=["", *(verdict.value for verdict in Verdict)]) & Q(settled__in=["", *SETTLED]),
                name="domain_check_verdict_known",
            ),
        )
        indexes = (
            models.Index(fields=["due_at"], name="domain_check_due"),
            models.Index(fields=["alarm_at"], condition=Q(alarm_at__isnull=False), name="domain_check_alarm"),
        )

    def __str__(self) -> str:
        return self.domain
