"""Validation cases, intake questions, partner answers and as-built notes."""

import hashlib

from django.core.exceptions import ValidationError
from django.db import models

from pagetojob.claims.registry import CLAIMS
from pagetojob.gates.registry import Gate
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.people import person_key

from .base import LINES, Role, Shown, StatusRow, entries, filled, known


class ValidationCase(StatusRow):
    """A test case of the sandbox validation protocol. It is a protocol, not evidence."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "case"
    SHOWN = (
        Shown("category", "Category"),
        Shown("objective"),
        Shown("setup", "Set-up required", Role.LIST),
        Shown("steps", "Validation steps", Role.STEPS),
        Shown("expected", "Expected evidence", Role.LIST),
        Shown("failure", "A failure must still prove", Role.RULE),
    )

    category = models.CharField(max_length=40)
    objective = models.TextField()
    setup = models.TextField("set-up required", help_text=LINES)
    steps = models.TextField("validation steps", help_text=LINES)
    expected = models.TextField("expected evidence", help_text=LINES)
    failure = models.TextField("a failure must still prove")
    claim = models.CharField(
        max_length=60,
        choices=[(slug, slug) for slug in CLAIMS],
        help_text="The claim this case helps to allow once it has passed in a sandbox.",
    )

    class Meta(StatusRow.Meta):
        constraints = (filled("slug", "title", "objective", "steps", "expected", "failure"), *known())


class IntakeQuestion(StatusRow):
    """A question of the customer intake packet."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "question"
    SHOWN = (
        Shown("group", "Group"),
        Shown("why", "Why it matters"),
        Shown("expected", "Expected answer"),
    )

    group = models.CharField(max_length=120)
    why = models.TextField("why it matters")
    expected = models.TextField("expected answer")

    class Meta(StatusRow.Meta):
        constraints = (filled("slug", "title", "group", "why", "expected"), *known())


class PartnerAnswer(StatusRow):
    """An answer of the partner application, and the person who attests it.

    An attestation covers one exact text: `attested_sha256` is the digest of the answer and of the other wordings of its
    question, so a later edit invalidates it.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "answer"
    SHOWN = (Shown("answer"), Shown("wordings", "Also asked as", Role.LIST))

    answer = models.TextField()
    wordings = models.TextField(
        "other wordings of the question",
        blank=True,
        help_text="A questionnaire that asks in exactly these words gets this answer, once it is attested. " + LINES,
    )
    attester = person_key(null=True, blank=True, editable=False)
    attester_title = models.CharField(max_length=80, blank=True, help_text="Job title of the attester at PageToJob.")
    attested_at = models.DateTimeField(null=True, blank=True, editable=False)
    attested_sha256 = models.CharField(max_length=64, blank=True, editable=False)

    class Meta(StatusRow.Meta):
        constraints = (filled("slug", "title", "answer"), *known())


def gates_only(text: str) -> None:
    """Refuse a line that names no gate."""
    if unknown := [line for line in entries(text) if line not in set(Gate)]:
        raise ValidationError(f"There is no gate {unknown[0]}.")


class AsBuiltNote(models.Model):
    """A dated note next to a line of the original page, which stays word for word, about what has been built since."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    slug = models.SlugField(max_length=140, unique=True, help_text="The anchor of the line that it belongs to.")
    position = models.PositiveSmallIntegerField(default=1000)
    dated = models.DateField(help_text="First day on which it is true.")
    text = models.TextField()
    waits_for = models.TextField(
        blank=True,
        validators=[gates_only],
        help_text="Gates whose evidence the line still needs before its status can change. Each on a separate line.",
    )
    from_pack = models.BooleanField(default=False, editable=False)
    updated_at = models.DateTimeField("last changed", auto_now=True)

    class Meta:
        ordering = ("position", "slug")
        constraints = (filled("slug", "text"),)

    def __str__(self) -> str:
        return self.slug


def digest(answer: str, wordings: str = "") -> str:
    """Return the SHA-256 of the answer's current text and wordings, which an attestation refers to."""
    text = "\n\n".join(filter(None, [answer.strip(), "\n".join(entries(wordings))]))
    return hashlib.sha256(text.encode()).hexdigest()
