"""URLs of the contractor pages at /ops/contractors/, and of the link in a test message."""

from django.urls import path

from . import confirming, views

ops_urls = (
    [
        path("", views.contractors, name="list"),
        path("<slug:slug>/", views.contractor, name="contractor"),
        path("<slug:slug>/state", views.change_state, name="state"),
        path("<slug:slug>/feature-rows", views.create_rows, name="feature-rows"),
        path("<slug:slug>/details", views.edit_details, name="details"),
        path("<slug:slug>/legal", views.legal, name="legal"),
        path("<slug:slug>/recipients", views.notice_recipients, name="recipients"),
        path("<slug:slug>/recipients/<uuid:public_id>/<slug:act>", views.recipient_act, name="recipient"),
        path("<slug:slug>/previews", views.new_preview, name="new-preview"),
        path("<slug:slug>/previews/<uuid:public_id>/revoke", views.revoke_preview, name="revoke-preview"),
    ],
    "onboarding",
)

link_urls = ([path("<str:token>", confirming.confirm, name="confirm")], "onboarding-link")
