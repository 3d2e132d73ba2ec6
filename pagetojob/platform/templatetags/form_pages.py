"""Script of pages that answer a POST. In the built-in tags of `TEMPLATES`, so no template loads it."""

from typing import Any

from django import template
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from pagetojob.platform.form_pages import form_page

register = template.Library()


@register.simple_tag(takes_context=True)
def answer_of_form(context: Context) -> SafeString:
    """Return the script that lets Back and reload open the page of the form; empty unless the page answers a POST."""
    request: Any = context.get("request")
    if request is None or request.method != "POST":
        return SafeString()
    address = form_page(request)
    return format_html('<script src="{}" data-form-page="{}" defer></script>', static("form-page.js"), address)
