"""The drafts and published pages of a contractor, as values of a step that can be undone. Needs the operator scope."""

from collections.abc import Mapping
from typing import Any

from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap import drafts
from pagetojob.titanmap.models import PageDraft
from pagetojob.titanmap.selectors import newest_versions
from pagetojob.titanmap.services import roll_back

Values = Mapping[str, Any]


def read_pages(tenant: Tenant) -> dict[str, Any]:
    """Return the open drafts and the newest versions, by the slug of their page. Two queries."""
    opened = PageDraft.objects.filter(tenant=tenant, state__in=drafts.OPEN)
    return {
        "drafts": {draft.slug: str(draft.public_id) for draft in opened.only("slug", "public_id", "tenant")},
        "pages": dict(newest_versions(tenant).values_list("slug", "version")),
    }


def why_pages_stay(present: Values, wanted: Values) -> str:
    """Return why pages cannot be as in `wanted` again; empty if they can."""
    first = present["pages"].keys() - wanted["pages"].keys()
    return "The first version of a page stays published. To change the page, write its next version." if first else ""


def write_pages(tenant: Tenant, changed: Values, before: Values, by: User, reason: str) -> None:
    """Return pages to earlier versions, discard drafts, and write discarded drafts again. Raises MapRefused."""
    wanted = {**before, **changed}
    for slug, version in before["pages"].items():
        if (to := wanted["pages"][slug]) != version:
            roll_back(tenant=tenant, slug=slug, to=to, based_on=version, actor=by, reason=reason)
    for draft in PageDraft.objects.filter(tenant=tenant, public_id__in=_only_in(before, wanted)):
        drafts.set_aside(draft=draft, actor=by, reason=reason)
    versions = dict(newest_versions(tenant).values_list("slug", "version"))
    for draft in PageDraft.objects.filter(tenant=tenant, public_id__in=_only_in(wanted, before)):
        content = {name: getattr(draft, name) for name in PageDraft.CONTENT_FIELDS}
        drafts.write_draft(
            tenant=tenant,
            slug=draft.slug,
            values=content,
            actor=by,
            reason=reason,
            based_on=versions.get(draft.slug, 0),
        )


def _only_in(values: Values, others: Values) -> set[str]:
    return set(values["drafts"].values()) - set(others["drafts"].values())
