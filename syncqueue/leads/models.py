"""Leads, their booking requests and photos, and what the office answered and noted.

Visitor text is stored as typed, next to its normalized form.
"""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now, Upper
from django.db.models.lookups import Exact, IContains

from pagetojob.platform.files.models import File
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified, TenantForeignKey, TenantOwned
from pagetojob.platform.tenants.people import person_key
from pagetojob.retention.person import SPACES, UNSEEN
from pagetojob.titanmap.models import PageBinding, Urgency


class Window(models.TextChoices):
    ANY = "any", "Any time"
    MORNING = "morning", "Morning (8 AM to noon)"
    AFTERNOON = "afternoon", "Afternoon (noon to 5 PM)"
    EVENING = "evening", "Evening (5 PM to 8 PM)"


class Channel(models.TextChoices):
    """Endpoint through which a request was received."""

    FORM = "form", "our form"
    API = "api", "the intake API"
    SESSION = "sess", "an abandoned session of Scheduling Pro"


class Suspicion(models.TextChoices):
    """Sign that a request may not come from a customer. Suspicious requests are still stored and delivered."""

    HONEYPOT = "honeypot", "a hidden field was filled in"
    TOO_FAST = "too fast", "it was sent faster than a person can type"
    NO_PAGE = "no page", "it did not come from one of our pages"
    TOO_MANY = "too many", "too many requests came from one address"
    CONTENT = "content", "its text looks like an offer or an advertisement"


class Exclusion(models.TextChoices):
    """Reason for excluding a lead from the ledger."""

    NONE = "", "in the ledger"
    SPAM = "spam", "spam"
    TEST = "test", "test"
    DUPLICATE = "duplicate", "duplicate"


def _ascii_set(characters: str) -> str:
    """Return the set of these characters as a regular expression of PostgreSQL, written in ASCII."""
    return f"[{''.join(char if char.isascii() else rf'\u{ord(char):04x}' for char in characters)}]"


#: Regular expression of PostgreSQL for a character that is not seen.
UNSEEN_CHARACTER = _ascii_set(UNSEEN)


def seen_email(column: str = "email") -> models.Func:
    """Return the address of a column as `plain_email` does: in lower case, without unseen characters.

    Only functions of PostgreSQL, because an index that could not call one of ours would refuse a request.
    """
    return _replaced(Lower(column), UNSEEN_CHARACTER, "")


def email_is(address: str, column: str = "email") -> Q:
    """Return the condition of leads with an address from `plain_email`. Each half reads an index."""
    wanted = Lower(models.Value(address))
    pasted = Q(Exact(seen_email(column), wanted), **{f"{column}__regex": UNSEEN_CHARACTER})
    return Q(Exact(Lower(column), wanted)) | pasted


def name_contains(text: str) -> Q:
    """Return the condition of leads whose name contains a text, also if it was stored with unseen characters."""
    return Q(name__icontains=text) | pasted_name_contains(text)


def pasted_name_contains(text: str) -> Q:
    """Return the condition of leads whose name was stored with unseen characters and contains a text without them."""
    spaced = _replaced(models.F("name"), _ascii_set(SPACES), " ")
    return Q(IContains(_replaced(spaced, UNSEEN_CHARACTER, ""), text), name__regex=UNSEEN_CHARACTER)


def _replaced(text: models.F | models.Func, characters: str, by: str) -> models.Func:
    values = (models.Value(value) for value in (characters, by, "g"))
    return models.Func(text, *values, function="regexp_replace", output_field=models.TextField())


class Lead(TenantOwned, Identified):
    """A person who sent a request from a tenant's website. A lead counts as captured when this row exists."""

    RETENTION = Retention.LEAD
    PERSONAL_FIELDS = frozenset(
        {"name", "phone", "phone_e164", "email", "street", "city", "state", "zip", "message", "source"}
    )

    reference = models.CharField(max_length=25, unique=True, editable=False)
    spoken_code = models.CharField(max_length=11, editable=False)
    form_key = models.CharField(
        max_length=64,
        editable=False,
        help_text="Hash of the form's token and values; the same form sent twice makes one lead.",
    )
    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=60, blank=True)
    phone_e164 = models.CharField(max_length=16, blank=True)
    email = models.CharField(max_length=254, blank=True)
    street = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=40, blank=True)
    zip = models.CharField(max_length=20, blank=True)
    message = models.TextField(blank=True)
    source = models.JSONField(
        default=dict, help_text="Origin of the visit: landing URL, referrer, campaign parameters."
    )
    consent_text = models.TextField(help_text="The consent text that the visitor agreed to, as shown at that time.")
    consented_at = models.DateTimeField(null=True)
    consent_version = models.PositiveIntegerField(null=True, editable=False)
    privacy_version = models.PositiveIntegerField(null=True, editable=False)
    terms_version = models.PositiveIntegerField(null=True, editable=False)
    excluded_as = models.CharField(max_length=10, choices=Exclusion, default=Exclusion.NONE, blank=True)
    channel = models.CharField(max_length=4, choices=Channel, default=Channel.FORM, editable=False)
    suspected = ArrayField(models.CharField(max_length=16, choices=Suspicion), default=list, blank=True)
    received_at = models.DateTimeField(db_default=Now(), editable=False)
    erased_at = models.DateTimeField(
        null=True, editable=False, help_text="Time at which its personal values were removed; the row stays as a count."
    )

    class Meta:
        ordering = ("-received_at", "-id")
        constraints = (
            models.UniqueConstraint("tenant", "id", name="lead_tenant_key"),
            models.UniqueConstraint("tenant", "spoken_code", name="lead_spoken_code_once"),
            models.UniqueConstraint("tenant", "form_key", name="lead_form_once"),
            models.CheckConstraint(
                condition=Q(reference__regex="^st-ready:[0-9a-f]{16}$"), name="lead_reference_shape"
            ),
            models.CheckConstraint(condition=Q(excluded_as__in=Exclusion.values), name="lead_exclusion_known"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="lead_channel_known"),
            models.CheckConstraint(condition=Q(suspected__contained_by=Suspicion.values), name="lead_suspicion_known"),
        )
        indexes = (
            models.Index(fields=["tenant", "-received_at"], name="lead_newest"),
            models.Index("spoken_code", name="lead_by_code"),
            models.Index("phone_e164", name="lead_by_phone"),
            models.Index(Lower("email"), name="lead_by_email"),
            models.Index(seen_email(), condition=Q(email__regex=UNSEEN_CHARACTER), name="lead_by_seen_email"),
            # Without a list of pending rows, which some request would have to merge and every search would read.
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="lead_name_part", fastupdate=False),
            models.Index("id", condition=Q(name__regex=UNSEEN_CHARACTER), name="lead_unseen_name"),
            models.Index("id", condition=~Q(suspected=[]), name="lead_suspected"),
            models.Index("id", condition=~Q(excluded_as=""), name="lead_excluded"),
        )

    def __str__(self) -> str:
        return self.spoken_code


class BookingRequest(TenantOwned):
    """The appointment a lead requested: service, time and page.

    `as_typed` stores values that could not be parsed ({"preferred_date": "31/31"}). `capacity` is the decision of the
    capacity rules when the request was received (`titanmap.capacity.Choice.as_json()`).
    """

    RETENTION = Retention.BOOKING_ENVELOPE
    PERSONAL_FIELDS = frozenset({"as_typed"})

    lead = TenantForeignKey(Lead, related_name="booking_requests")
    service = models.CharField(max_length=120)
    urgency = models.CharField(max_length=10, choices=Urgency)
    preferred_date = models.DateField(null=True)
    preferred_window = models.CharField(max_length=10, choices=Window, default=Window.ANY)
    page_path = models.CharField(max_length=200)
    binding = TenantForeignKey(PageBinding, related_name="+", null=True)
    as_typed = models.JSONField(default=dict)
    capacity = models.JSONField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="booking_request_tenant_key"),
            models.UniqueConstraint("tenant", "lead", name="booking_request_once"),
            models.CheckConstraint(condition=Q(urgency__in=Urgency.values), name="booking_urgency_known"),
            models.CheckConstraint(condition=Q(preferred_window__in=Window.values), name="booking_window_known"),
        )

    @property
    def urgency_given(self) -> str:
        """Return the visitor's answer; empty without a readable one, for which `soon` is stored."""
        return "" if "urgency" in self.as_typed else self.urgency

    @property
    def urgency_label(self) -> str:
        return self.get_urgency_display() if self.urgency_given else ""

    @property
    def window_label(self) -> str:
        """Return the preferred time for the middle of a sentence, such as `afternoon (noon to 5 PM)`."""
        label: str = self.get_preferred_window_display()
        return label[:1].lower() + label[1:]

    def __str__(self) -> str:
        return f"booking request {self.pk}"


class LeadPhoto(TenantOwned):
    """A photo that a visitor attached to a request. Its bytes are stored as a File."""

    RETENTION = Retention.PHOTO
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    lead = TenantForeignKey(Lead, related_name="photos")
    file = TenantForeignKey(File, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("position",)
        constraints = (models.UniqueConstraint("tenant", "lead", "position", name="lead_photo_once"),)

    def __str__(self) -> str:
        return f"photo {self.position} of lead {self.lead_id}"


class AnswerKind(models.TextChoices):
    """The office's answer to a request. `NOT_SPAM` releases a suspected request; `DUPLICATE` excludes it."""

    CONTACTED = "contacted", "Contacted"
    BOOKED = "booked", "Booked"
    NOT_A_FIT = "not a fit", "Not a fit"
    SPAM = "spam", "Spam"
    NOT_SPAM = "not spam", "Not spam"
    DUPLICATE = "duplicate", "Duplicate"


#: These stop the response timer.
ANSWERS = (AnswerKind.CONTACTED, AnswerKind.BOOKED, AnswerKind.NOT_A_FIT)


class LeadAnswer(TenantOwned, Identified, Created):
    """An answer of the office to a request, with its person and time. It changes no outbox item.

    The newest one that was not undone is the status of the request. `suspected` are the suspicions that it removed.
    An active *duplicate* also excludes the lead from the ledger.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    lead = TenantForeignKey(Lead, related_name="answers")
    kind = models.CharField(max_length=10, choices=AnswerKind)
    by = person_key()
    suspected = ArrayField(models.CharField(max_length=16), default=list, blank=True, editable=False)
    undone_at = models.DateTimeField(null=True, editable=False)
    undone_by = person_key(null=True, editable=False)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=AnswerKind.values), name="lead_answer_kind_known"),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="lead_answer_undone_by_a_person",
            ),
        )
        indexes = (models.Index(fields=["tenant", "lead", "id"], name="lead_answer_of_lead"),)
        triggers = (
            pgtrigger.Trigger(
                name="undone_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP = 'UPDATE' AND OLD.undone_at IS NULL
                        AND to_jsonb(NEW) - '{undone_at,undone_by_id}'::text[]
                            = to_jsonb(OLD) - '{undone_at,undone_by_id}'::text[]
                    THEN
                        RETURN NEW;
                    END IF;
                    RAISE EXCEPTION 'an answer stays, and is undone once' USING ERRCODE = 'check_violation';
                """,
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class LeadNote(TenantOwned, Created):
    """A note of the office about a request. It ends with the personal values of its lead."""

    RETENTION = Retention.LEAD
    PERSONAL_FIELDS = frozenset({"text"})

    lead = TenantForeignKey(Lead, related_name="notes")
    by = person_key()
    text = models.CharField(max_length=2000)

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=["tenant", "lead", "id"], name="lead_note_of_lead"),)
        triggers = (
            pgtrigger.Trigger(
                name="note_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF current_user = 'pagetojob_owner' AND current_setting('app.erase', true) = 'on' THEN
                        RETURN NEW;
                    END IF;
                    RAISE EXCEPTION 'a note stays' USING ERRCODE = 'check_violation';
                """,
            ),
        )

    def __str__(self) -> str:
        return f"note {self.pk} on lead {self.lead_id}"
