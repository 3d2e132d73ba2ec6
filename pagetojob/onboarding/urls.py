"""URLs of the contractor pages at /ops/contractors/, and of the link in a test message."""

from django.urls import path

from . import care_views as care
from . import embed_views as embeds
from . import recipient_confirmation, views
from .setup import act_views as acts
from .setup import owners
from .setup import views as setup

ops_urls = (
    [
        path("", views.contractors, name="list"),
        path("new", setup.new, name="new"),
        path("<slug:slug>/", views.contractor, name="contractor"),
        path("<slug:slug>/setup/", setup.resume, name="setup"),
        path("<slug:slug>/setup/business", setup.business, name="business"),
        path("<slug:slug>/setup/notices", views.notice_recipients, name="recipients"),
        path("<slug:slug>/setup/services", acts.services, name="services"),
        path("<slug:slug>/setup/pages", acts.pages, name="pages"),
        path("<slug:slug>/setup/pages/<uuid:public_id>", acts.phone, name="phone"),
        path("<slug:slug>/setup/pages/<uuid:public_id>/page", acts.framed_page, name="framed-page"),
        path("<slug:slug>/setup/launch", acts.launch, name="launch"),
        path("<slug:slug>/setup/launch/owner", owners.invite_owner, name="invite-owner"),
        path("<slug:slug>/setup/launch/owner/<uuid:public_id>/revoke", owners.revoke_owner, name="revoke-owner"),
        path("<slug:slug>/setup-acts/<slug:act>", acts.act, name="act"),
        path("<slug:slug>/setup/legal", setup.step, {"step": "legal"}, name="legal"),
        path("<slug:slug>/setup/<slug:step>", setup.step, name="step"),
        path("<slug:slug>/setup/<slug:step>/undo", setup.undo, name="undo"),
        path("<slug:slug>/state", views.change_state, name="state"),
        path("<slug:slug>/feature-rows", views.create_rows, name="feature-rows"),
        path("<slug:slug>/recipients/<uuid:public_id>/<slug:act>", views.recipient_act, name="recipient"),
        path("<slug:slug>/notes", care.add_note, name="add-note"),
        path("<slug:slug>/notes/<uuid:public_id>/undo", care.undo_note, name="undo-note"),
        path("<slug:slug>/assignee", care.assign, name="assign"),
        path("<slug:slug>/assignee/undo", care.undo_assignment, name="undo-assignment"),
        path("<slug:slug>/quiet-pages/<uuid:public_id>", care.check_quiet_page, name="quiet-page"),
        path("<slug:slug>/embeds", embeds.embeds, name="embeds"),
        path("<slug:slug>/embeds/add", embeds.add, name="embed-add"),
        path("<slug:slug>/embeds/<uuid:public_id>/check", embeds.check_again, name="embed-check"),
        path("<slug:slug>/embeds/<uuid:public_id>/key", embeds.replace_key, name="embed-key"),
        path("<slug:slug>/embeds/<uuid:public_id>/remove", embeds.remove, name="embed-remove"),
        path("<slug:slug>/previews", views.new_preview, name="new-preview"),
        path("<slug:slug>/previews/<uuid:public_id>/revoke", views.revoke_preview, name="revoke-preview"),
    ],
    "onboarding",
)

link_urls = ([path("<str:token>", recipient_confirmation.confirm, name="confirm")], "onboarding-link")
