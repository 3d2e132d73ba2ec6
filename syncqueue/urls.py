"""Two doors: the visitors' forms below /sites/ and the operators' desk below /ops/."""

from django.urls import path

from .views import intake, item, queue

intake_urls = (
    [
        path("<slug:slug>/request-appointment", intake.request_form, name="request"),
        path("<slug:slug>/requests/<uuid:public_id>", intake.received, name="received"),
    ],
    "intake",
)

ops_urls = (
    [
        path("", queue.item_list, name="list"),
        path("items/<uuid:public_id>", item.item_detail, name="item"),
        path("items/<uuid:public_id>/manual-complete", item.manual_complete, name="manual-complete"),
        path("items/<uuid:public_id>/unmask", item.unmask, name="unmask"),
    ],
    "ops",
)
