"""Links in the text of a runbook, so that no one types an address at night."""

import re

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from ..alarms import BY_KEY

register = template.Library()
#: A page of operations, without the punctuation after it, or the key of an alarm in quotes.
_LINKED = re.compile(r"/ops/(?:[\w/?=&;-]*[\w/=-])?|“([a-z-]+)”")


@register.filter
def with_links(text: str) -> SafeString:
    """Return the text with its pages of operations and its alarms as links."""
    return mark_safe(_LINKED.sub(_link, conditional_escape(text)))  # noqa: S308 - escaped before


def _link(match: re.Match[str]) -> str:
    key, words = match[1], match[0]
    if key is None:
        return f'<a href="{words}">{words}</a>'
    return f'“<a href="#{key}">{key}</a>”' if key in BY_KEY else words
