"""Groups of the admin's list of models, by task. Django would list them by app."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Group:
    """A group with its models as `app.model`, in order."""

    slug: str
    name: str
    help: str
    models: tuple[str, ...]


GROUPS = (
    Group(
        "readiness-page",
        "API-readiness page",
        "The lines of the public readiness page. A save is public within a second; a draft is not.",
        (
            *("readiness.checklistitem", "readiness.databoundary", "readiness.runbook", "readiness.partnermaterial"),
            *("claims.claim", "claims.disclaimer", "claims.sentenceapproval", "readiness.asbuiltnote"),
        ),
    ),
    Group(
        "pages",
        "Other pages of the pack",
        "Headings and sections of every page, and the lines that the other pages list.",
        (
            *("readiness.page", "readiness.entry", "readiness.accessitem", "readiness.module"),
            *("readiness.connectiongate", "readiness.scopefamily", "readiness.validationcase"),
            *("readiness.intakequestion", "readiness.supportrunbook", "readiness.partneranswer"),
        ),
    ),
    Group(
        "evidence",
        "Evidence",
        "Proof for “ready now” and for gates. A second person confirms each piece.",
        ("gates.evidence", "readiness.evidencenotice", "readiness.claimscan"),
    ),
    Group(
        "versions",
        "Drafts and versions",
        "Changes that wait for review, and everything that was ever published.",
        ("readiness.draft", "readiness.packversion", "readiness.packfile"),
    ),
    Group(
        "reviewers",
        "Reviewers",
        "Invitations, the lines that reviewers accept or contest, and documents that are not public.",
        (
            *("readiness.reviewinvitation", "readiness.lineresponse"),
            *("readiness.reviewdocument", "readiness.documentrequest"),
        ),
    ),
    Group(
        "contractors",
        "Contractors",
        "Contractors, their people, and the keys and addresses of their websites.",
        ("tenants.tenant", "tenants.membership", "tenants.sitekey", "tenants.siteorigin"),
    ),
    Group(
        "accounts",
        "People and roles",
        "Accounts and invitations. Privileged roles need a second staff admin.",
        ("tenants.user", "accounts.invitation", "accounts.privilegerequest"),
    ),
)


def grouped(request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
    """Return the models that the person may see, in groups by task. With `app_label`, that app's models as usual.

    A model without a group keeps its app's heading, after the groups.
    """
    apps: list[dict[str, Any]] = admin.AdminSite.get_app_list(admin.site, request, app_label)
    if app_label:
        return apps
    shown = {model["model"]._meta.label_lower: model for app in apps for model in app["models"]}
    groups = [_group(group, models) for group in GROUPS if (models := _take(shown, group.models))]
    for app in apps:
        app["models"] = [model for model in app["models"] if model["model"]._meta.label_lower in shown]
    return [*groups, *(app for app in apps if app["models"])]


def _take(shown: dict[str, Any], names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [shown.pop(name) for name in names if name in shown]


def _group(group: Group, models: list[dict[str, Any]]) -> dict[str, Any]:
    url = f"{reverse('admin:index')}#{group.slug}"
    return {"name": group.name, "help": group.help, "app_label": group.slug, "app_url": url, "models": models}
