"""Domains with their DNS checks, changes made in setup, health of contractors, and answers about access and intake."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pagetojob.gates.models import Evidence, EvidenceFile
from pagetojob.platform import states
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified, SiteKey, TenantOwned
from pagetojob.platform.tenants.people import person_key

from .dns.verdicts import Verdict

VERDICTS = [(verdict.value, verdict.value) for verdict in Verdict]
SETTLED = [verdict.value for verdict in Verdict if verdict is not Verdict.CANNOT_TELL]
LONGEST_DOMAIN = 253
LONGEST_PAGE_URL = 500


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


class CertificateReading(models.Model):
    """The certificate of a host that we serve, as last read. The problem of a host that never answered is its note."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    host = models.CharField(max_length=LONGEST_DOMAIN, primary_key=True)
    read_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    overdue_at = models.DateTimeField(null=True, help_text="From then on, it should have been renewed.")
    urgent_at = models.DateTimeField(null=True, help_text="From then on, it is not valid or expires within days.")
    note = models.CharField(max_length=200, blank=True, help_text="The reason if the last reading failed.")

    def __str__(self) -> str:
        return self.host


class SetupChange(TenantOwned):
    """A change made in a step of setup: the step's values before and after, for undo. Append-only."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    number = models.PositiveIntegerField()
    step = models.CharField(max_length=10)
    before = models.JSONField()
    after = models.JSONField()
    by = person_key()
    reason = models.CharField(max_length=500)
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint("tenant", "number", name="setup_change_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="setup_change_has_reason"),
        )
        triggers = states.append_only()

    def __str__(self) -> str:
        return f"change {self.number} of {self.step}"


class ContractorNote(TenantOwned, Identified, Created):
    """A note that an operator wrote on a contractor for the next operator. Its author can take it back."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = frozenset({"text"})

    text = models.CharField(max_length=2000)
    by = person_key()
    undone_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=["tenant", "-id"], name="contractor_note_newest"),)

    def __str__(self) -> str:
        return f"note {self.public_id}"


class Assignment(TenantOwned):
    """A person becomes responsible for a contractor, or no one does. The newest one counts. Append-only."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    number = models.PositiveIntegerField()
    assignee = person_key(null=True, blank=True)
    by = person_key()
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint("tenant", "number", name="assignment_once"),)
        triggers = states.append_only()

    def __str__(self) -> str:
        return f"assignment {self.number}"


class FormCheck(TenantOwned):
    """The last synthetic request to the form of a website, and since when it fails."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    checked_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0, help_text="Failed checks in a row.")
    note = models.CharField(max_length=200, blank=True, help_text="The reason of a failure, or of no check.")
    failing_since = models.DateTimeField(null=True)
    alarm_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint("tenant", name="form_check_once"),)
        indexes = (models.Index(fields=["alarm_at"], condition=Q(alarm_at__isnull=False), name="form_check_alarm"),)

    def __str__(self) -> str:
        return f"form of tenant {self.tenant_id}"


class QuietPage(TenantOwned, Identified):
    """A page, or a whole website, that has brought no request for longer than its own history explains.

    The row ends with the next request. `expected` is the number of requests that its usual rate would have brought.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    page_path = models.CharField(max_length=200, blank=True, help_text="Empty for the whole website.")
    since = models.DateTimeField(help_text="The last request.")
    expected = models.FloatField()
    noticed_at = models.DateTimeField(db_default=Now(), editable=False)
    checked_at = models.DateTimeField(null=True)
    checked_by = person_key(null=True, blank=True)

    class Meta:
        ordering = ("page_path",)
        constraints = (models.UniqueConstraint("tenant", "page_path", name="quiet_page_once"),)
        indexes = (models.Index(fields=["noticed_at"], condition=Q(checked_at__isnull=True), name="quiet_page_alarm"),)

    def __str__(self) -> str:
        return f"{self.page_path or 'website'} of tenant {self.tenant_id}"


class EmbedState(models.TextChoices):
    """The result of looking for our form in a contractor's own website. Empty before the first check."""

    DETECTED = "detected", "Detected"
    NOT_YET = "not yet", "Not yet detected"
    OTHER_PAGE = "other page", "Detected on another page"


class Embed(TenantOwned, Identified, Created):
    """A page of a contractor's own website that gets our form, and the result of its last installation check.

    A check that cannot read the page changes only the note.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    site_key = models.ForeignKey(SiteKey, models.PROTECT, related_name="+")
    page_url = models.CharField(max_length=LONGEST_PAGE_URL)
    state = models.CharField(max_length=10, choices=EmbedState, blank=True, editable=False)
    other_url = models.CharField(max_length=LONGEST_PAGE_URL, blank=True, editable=False)
    note = models.CharField(max_length=300, blank=True, editable=False, help_text="The reason of the state.")
    detected_at = models.DateTimeField(null=True, editable=False, help_text="The last time that the form was there.")
    checked_at = models.DateTimeField(null=True, editable=False)
    due_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("page_url",)
        constraints = (
            models.UniqueConstraint("tenant", "page_url", name="embed_once"),
            models.CheckConstraint(condition=Q(state__in=["", *EmbedState.values]), name="embed_state_known"),
        )
        indexes = (models.Index(fields=["due_at"], name="embed_due"),)

    def __str__(self) -> str:
        return self.page_url


class Part(models.TextChoices):
    """The two lists that a contractor answers. Their items are rows of the readiness pack."""

    ACCESS = "access", "Access checklist"
    INTAKE = "intake", "Intake questionnaire"


class CustomerAnswer(TenantOwned, Identified, Created):
    """An answer of a person of the tenant to an item of a list. Append-only; the newest one counts.

    `shown` is the item word for word as the person saw it. A credential is refused before it is stored.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = frozenset({"text"})

    part = models.CharField(max_length=6, choices=Part)
    slug = models.SlugField(max_length=60)
    shown = models.JSONField()
    text = models.CharField(max_length=4000)
    modules = models.JSONField(default=list, help_text="Modules of the plan, as the person selected them.")
    artifact = models.ForeignKey(EvidenceFile, models.PROTECT, null=True, related_name="+", db_index=False)
    by = person_key()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint("tenant", "id", name="customer_answer_tenant_key"),
            models.CheckConstraint(condition=Q(part__in=Part.values), name="customer_answer_part_known"),
            models.CheckConstraint(condition=~Q(text=""), name="customer_answer_filled"),
        )
        indexes = (models.Index(fields=["tenant", "part", "slug", "-id"], name="customer_answer_newest"),)
        triggers = states.erasable_append_only("text")

    def __str__(self) -> str:
        return f"answer to {self.part} {self.slug}"


class WeeklyEmail(TenantOwned, Identified):
    """A person's weekly email about a tenant: whether they want it, and the state of the newest one.

    A person without a row has the default: owners get it, others do not.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    user = person_key()
    wanted = models.BooleanField()
    week = models.DateField(null=True, editable=False, help_text="Monday on which the newest one was due and settled.")
    due_at = models.DateTimeField(null=True, editable=False, help_text="No earlier attempt than this.")
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    error = models.CharField(max_length=200, blank=True, db_default="", editable=False)

    class Meta:
        constraints = (models.UniqueConstraint("tenant", "user", name="weekly_email_once"),)

    def __str__(self) -> str:
        return f"weekly email {self.public_id}"


class SignOff(TenantOwned, Identified, Created):
    """An owner signed off the answers of a list. It holds until one of them changes (`sha256`). Append-only."""

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    part = models.CharField(max_length=6, choices=Part)
    sha256 = models.CharField(max_length=64, help_text="A hash of the answers signed off.")
    answers = models.PositiveSmallIntegerField()
    by = person_key()
    evidence = models.ForeignKey(
        Evidence, models.PROTECT, null=True, related_name="+", db_index=False, help_text="Made from it, for a gate."
    )

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(part__in=Part.values), name="sign_off_part_known"),
            models.CheckConstraint(condition=Q(sha256__regex="^[0-9a-f]{64}$"), name="sign_off_sha256"),
        )
        indexes = (models.Index(fields=["tenant", "part", "-id"], name="sign_off_newest"),)
        triggers = states.append_only()

    def __str__(self) -> str:
        return f"sign-off of {self.part}"
