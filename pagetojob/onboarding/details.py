"""Details of a business and its legal texts, as an operator enters them. Needs the operator scope."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from pagetojob.claims.selectors import why_not_published
from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants.models import BusinessProfile, LegalKind, LegalText, Tenant, User

from .errors import OnboardingRefused

PROFILE_FIELDS = (
    "phone", "unusual_phone", "other_phones", "trades", "license_numbers", "zip", "state", "service_area", "color",
    "logo",
)  # fmt: skip


@transaction.atomic
def set_details(*, tenant: Tenant, values: Mapping[str, Any], by: User, reason: str) -> None:
    """Store the name and the profile of a business. Values that are not given stay unchanged.

    They are public at once, so OnboardingRefused is raised for a text that asserts what no evidence proves.
    """
    locked = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    BusinessProfile.objects.bulk_create([BusinessProfile(tenant=locked)], ignore_conflicts=True)
    profile = BusinessProfile.of(locked.pk)
    changes = {
        name: (getattr(profile, name), values[name])
        for name in PROFILE_FIELDS
        if name in values and values[name] != getattr(profile, name)
    }
    _must_not_claim(profile, changes)
    if changes:
        BusinessProfile.objects.filter(tenant=locked).update(**{name: after for name, (_, after) in changes.items()})
    if "name" in values and values["name"] != locked.name:
        refuse_claim("name", values["name"])
        changes["name"] = (locked.name, values["name"])
        Tenant.objects.filter(pk=locked.pk).update(name=values["name"])
    if not changes:
        return
    record(
        action="onboarding.set_details",
        subject=f"tenant:{locked.slug}",
        reason=reason,
        tenant=locked,
        actor=by,
        changes=changes,
    )


def _must_not_claim(profile: BusinessProfile, changes: Mapping[str, tuple[Any, Any]]) -> None:
    """Refuse a claim in the texts that the changes, which are set on the profile, add to it."""
    before = profile.public_texts
    for name, (_, after) in changes.items():
        setattr(profile, name, after)
    for label, text in profile.public_texts.items():
        if text != before[label]:
            refuse_claim(label, text)


def refuse_claim(label: str, text: str) -> None:
    """Raise OnboardingRefused for a text that asserts what no evidence proves, or that waits for an approval."""
    if why := why_not_published(text):
        raise OnboardingRefused(f"{label.capitalize()}: the text {why}")


@transaction.atomic
def publish_legal_texts(*, tenant: Tenant, texts: Mapping[LegalKind, str], by: User, reason: str) -> list[LegalText]:
    """Publish each text that differs from its published version; return the new versions. Raises OnboardingRefused."""
    rows = [
        publish_legal_text(tenant=tenant, kind=kind, text=text, by=by, reason=reason) for kind, text in texts.items()
    ]
    return [row for row in rows if row]


@transaction.atomic
def publish_legal_text(*, tenant: Tenant, kind: LegalKind, text: str, by: User, reason: str) -> LegalText | None:
    """Publish a new version of a legal text. Returns None if the text is already the published one.

    Raises OnboardingRefused for a text that asserts what no evidence proves, or with a sentence that waits for an
    approval. A text that was published before may return.
    """
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)  # two publishers would draw the same version
    rows = LegalText.objects.filter(tenant=tenant, kind=kind)
    published = rows.filter(published_at__isnull=False)
    newest = published.order_by("-version").first()
    text = text.replace("\r\n", "\n").strip()
    if not text or (newest and newest.text == text):
        return None
    if not published.filter(text=text).exists():
        refuse_claim(kind.label, text)
    version = (rows.aggregate(newest=Max("version"))["newest"] or 0) + 1
    row = LegalText.objects.create(tenant=tenant, kind=kind, version=version, text=text, published_at=timezone.now())
    record(
        action="onboarding.publish_legal_text",
        subject=f"legal text:{kind} {version}",
        reason=reason,
        tenant=tenant,
        actor=by,
        changes={"version": (newest.version if newest else None, version)},
    )
    return row
