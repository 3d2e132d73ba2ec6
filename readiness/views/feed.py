"""Atom feed of the pack's versions."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html, format_html_join

from ..selectors.versions import Listed, listing
from ..shape import Pack

MOST_ENTRIES = 50
#: Characters that XML does not allow.
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def atom(pack: Pack) -> str:
    """Return the feed of the newest versions, each with a stable entry id. Two queries."""
    address = settings.PUBLIC_URL + reverse("readiness:changes")
    feed = Atom1Feed(
        title="PageToJob readiness pack: versions",
        link=address,
        description="",
        subtitle="Changes in the ServiceTitan readiness pack of PageToJob. PageToJob is not affiliated with "
        "or endorsed by ServiceTitan.",
        language="en-US",
        author_name="PageToJob",
        feed_url=settings.PUBLIC_URL + reverse("readiness:feed"),
        feed_guid=_tag("readiness-pack"),
    )
    for version in listing(newest=pack.number, size=MOST_ENTRIES).versions:
        changes = "; ".join(version.changes) or "the first version"
        feed.add_item(
            title=f"Version {version.number}: {changes}",
            link=settings.PUBLIC_URL + reverse("readiness:version", args=[version.number]),
            description=_summary(version),
            unique_id=_tag(f"readiness-pack/{version.number}/{version.sha256}"),
            pubdate=version.created_at,
            updateddate=version.created_at,
            author_name="PageToJob",
        )
    return str(feed.writeString("utf-8"))


def _tag(name: str) -> str:
    return f"tag:{urlsplit(settings.PUBLIC_URL).hostname},2026:{name}"


def _summary(version: Listed) -> str:
    """Return the entry's summary, which the feed declares as HTML."""
    parts = format_html(
        "<p>{}</p><ul>{}</ul><p>By {}. SHA-256 {}.</p>",
        _UNSPEAKABLE.sub(" ", version.cause),
        format_html_join("", "<li>{}</li>", ((change,) for change in version.changes or ["the first version"])),
        version.by,
        version.sha256,
    )
    if version.before:
        query = f"?from={version.before}&to={version.number}"
        parts += format_html(
            '<p><a href="{}">Compare</a></p>', settings.PUBLIC_URL + reverse("readiness:compare") + query
        )
    return parts
