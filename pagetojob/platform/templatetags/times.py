"""Show a time to a person. In the built-in filters of `TEMPLATES`, so no template loads it."""

from datetime import datetime

from django import template
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString

from pagetojob.platform.times import MINUTES, SECONDS

register = template.Library()


@register.filter(expects_localtime=True)
def when(moment: datetime | str | None, precision: str = "minutes") -> SafeString:
    """Return a `<time>` element in the zone of the page, with its abbreviation; empty without a time.

    The built-in filter `timezone` turns None into an empty text.

    `precision` is "minutes", or "seconds" where the order of events within a minute matters.
    """
    if not isinstance(moment, datetime):
        return SafeString()
    text = formats.date_format(moment, SECONDS if precision == "seconds" else MINUTES)
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(timespec="seconds"), text)
