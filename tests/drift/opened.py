"""Forms of the workbench as a browser would send them."""

import html
import re
from typing import Any

from django.test import Client
from django.urls import reverse


def at(name: str, *args: Any) -> str:
    return reverse(f"titanmap:{name}", args=["desert-peak", *args])


def opened(client: Client, *address: Any) -> dict[str, str]:
    """What a form that is opened now would send."""
    return shown_in(client.get(at(*address)).text)


def shown_in(page: str) -> dict[str, str]:
    """What the form of a page would send as it is shown."""
    text = page.partition("<main")[2]
    fields = dict(re.findall(r'<input type="(?:text|number|hidden|date)" name="(\w+)"(?: value="([^"]*)")?', text))
    fields |= dict(re.findall(r'<textarea name="(\w+)"[^>]*>\n?([^<]*)</textarea>', text))
    fields |= dict.fromkeys(re.findall(r'<input type="checkbox" name="(\w+)"[^>]* checked', text), "on")
    for name, options in re.findall(r'<select name="(\w+)"[^>]*>(.*?)</select>', text, re.S):
        fields[name] = "".join(re.findall(r'<option value="([^"]*)" selected', options)[:1])
    fields.pop("csrfmiddlewaretoken", None)
    return {name: html.unescape(value) for name, value in fields.items()}
