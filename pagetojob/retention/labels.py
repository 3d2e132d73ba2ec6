"""Plain words for the copy of a person's data: for kinds of rows, for their fields, and for values in them."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.apps import apps

#: Kinds of rows, by table.
TITLES: Mapping[str, str] = {
    "accounts_authenticator": "authenticator app",
    "accounts_emailchange": "change of your email address",
    "accounts_invitation": "invitation to an account",
    "accounts_owedmail": "email about your account",
    "accounts_passkey": "passkey",
    "accounts_session": "device that was signed in",
    "attribution_job": "job in the office's system",
    "attribution_outcomebooking": "booking in the office's system",
    "attribution_outcomecustomer": "customer record in the office's system",
    "attribution_restatement": "correction of a sealed month",
    "attribution_statement": "sealed month",
    "audit_auditentry": "line of the audit log",
    "audit_auditseal": "hash of a line of the audit log",
    "drift_answer": "answer to a question about the website",
    "drift_finding": "difference between the website and our records",
    "drift_findingpicture": "picture of the website",
    "drift_readingpage": "facts read on a page of the website",
    "drift_reviewmail": "email with a question about the website",
    "drift_snapshot": "page of the website",
    "files_file": "file or photo",
    "files_filechunk": "part of a file",
    "gates_evidencefile": "file of evidence",
    "importer_importrow": "row of an imported file",
    "leads_bookingrequest": "appointment request",
    "leads_lead": "request from the website",
    "leads_leadnote": "note of the office about a request",
    "notices_leadattention": "record of who opened a request",
    "notices_recipientchange": "change of a recipient of notices",
    "onboarding_contractornote": "note about the contractor",
    "onboarding_customeranswer": "answer of the contractor",
    "ops_oncallcontact": "contact of a person on call",
    "retention_legalhold": "hold that prevents a deletion",
    "retention_offboardedtable": "count of deleted rows",
    "retention_offboarding": "offboarding",
    "retention_subjectrequest": "request about your data",
    "runs_run": "background run",
    "syncqueue_inboxevent": "event from ServiceTitan",
    "syncqueue_itemnote": "note about a message or booking",
    "syncqueue_quarantinedrequest": "event that was not accepted",
    "syncqueue_syncitem": "message or booking about a request",
    "tenants_noticerecipient": "recipient of notices",
    "tenants_publichost": "host of the website",
    "tenants_statechange": "change of the contractor's state",
    "tenants_user": "account",
}
#: Fields that people enter, by column.
FIELDS: Mapping[str, str] = {
    "after": "after the change",
    "as_typed": "as typed in the form",
    "before": "before the change",
    "box": "lines that contain you",
    "city": "city",
    "comment": "comment",
    "content": "lines that contain you",
    "device": "device",
    "done_reference": "reference of the completed entry",
    "done_where": "place of the completed entry",
    "email": "email address",
    "envelope": "booking as prepared for the office's system",
    "facts": "facts",
    "html": "lines that contain you",
    "key": "name or number in the file",
    "label": "label",
    "message": "message",
    "name": "name",
    "new_email": "new email address",
    "opened_by": "opened by",
    "other_key": "second name or number in the file",
    "params": "details",
    "phone": "phone number",
    "phone_e164": "phone number in international form",
    "previous_email": "previous email address",
    "quote": "quoted text",
    "reference": "reference",
    "search_key": "search key, from which your contact details cannot be read",
    "shown": "question as shown",
    "source": "how you came to the website",
    "state": "state",
    "street": "street",
    "summary": "summary",
    "text": "text",
    "to": "sent to",
    "told_by": "told by",
    "typed_email": "email address as typed",
    "unit": "unit",
    "url": "address on the web",
    "values": "values",
    "zip": "ZIP code",
}
#: Fields of which a copy has more than the row, and keys inside of stored values.
_MORE: Mapping[str, str] = {
    "id": "entry number",
    "landing_url": "first page",
    "lines": "lines that contain you",
    "not_copied": "not copied",
    "referrer": "page before",
    "sha256": "SHA-256",
    "utm_campaign": "campaign",
    "utm_content": "advertisement",
    "utm_medium": "campaign medium",
    "utm_source": "campaign source",
    "utm_term": "campaign keyword",
    "website_says": "website",
    "records_say": "our records",
}
#: Contents that a page cannot show.
_LEFT_OUT = frozenset({"content_base64"})


def kind_of(table: str) -> str:
    """Return plain words for the rows of any table: our title, else the name of its model."""
    names = {model._meta.db_table: str(model._meta.verbose_name) for model in apps.get_models()}
    return TITLES.get(table) or names.get(table) or table.replace("_", " ")


def label_of(name: str) -> str:
    return FIELDS.get(name) or _MORE.get(name) or name.replace("_", " ")


def labeled(copy: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return a row of the copy as pairs of label and text, those of values inside of values too."""
    return [pair for name, value in copy.items() if name not in _LEFT_OUT for pair in _pairs(label_of(name), value)]


def _pairs(label: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _pairs(f"{label}, {label_of(str(name))}", inner)
    elif isinstance(value, list) and any(isinstance(inner, Mapping | list) for inner in value):
        for number, inner in enumerate(value, start=1):
            yield from _pairs(f"{label} {number}", inner)
    elif isinstance(value, list):
        yield label, "\n".join(map(str, value))
    elif value not in ("", None):
        yield label, {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
