from django.urls import path

from pagetojob.importer.screens.urls import import_urls

from . import approving, drafts, editing, maps, pages, publishing
from .import_area import AREA

app_name = "titanmap"
urlpatterns = [
    *import_urls(AREA),
    path("", maps.tenants, name="list"),
    path("<slug:slug>/", maps.the_map, name="map"),
    path("<slug:slug>/items.csv", maps.items_csv, name="items-csv"),
    path("<slug:slug>/titan-map.json", maps.map_json, name="json"),
    path("<slug:slug>/items/<uuid:public_id>", maps.item, name="item"),
    path("<slug:slug>/items/<uuid:public_id>/state", maps.item_state, name="item-state"),
    path("<slug:slug>/items/<uuid:public_id>/edit", editing.item_edit, name="item-edit"),
    path("<slug:slug>/new-item", editing.item_new, name="item-new"),
    path("<slug:slug>/new-page", drafts.page_new, name="page-new"),
    path("<slug:slug>/pages/<slug:page>/draft", drafts.draft_new, name="draft-new"),
    path("<slug:slug>/drafts/<uuid:public_id>", drafts.draft, name="draft"),
    path("<slug:slug>/drafts/of/<uuid:public_id>/return", drafts.drafts_return, name="drafts-return"),
    path("<slug:slug>/drafts/<uuid:public_id>/edit", drafts.draft_edit, name="draft-edit"),
    path("<slug:slug>/drafts/<uuid:public_id>/send", drafts.draft_send, name="draft-send"),
    path("<slug:slug>/drafts/<uuid:public_id>/act", drafts.draft_act, name="draft-act"),
    path("<slug:slug>/rules/", editing.rules, name="rules"),
    path("<slug:slug>/rules/new", editing.rule_new, name="rule-new"),
    path("<slug:slug>/rules/<uuid:public_id>", editing.rule, name="rule"),
    path("<slug:slug>/rules/<uuid:public_id>/save", editing.rule_save, name="rule-save"),
    path("<slug:slug>/hours", editing.hours, name="hours"),
    path("<slug:slug>/time-zone", editing.time_zone, name="time-zone"),
    path("<slug:slug>/coverage", maps.gaps, name="coverage"),
    path("<slug:slug>/pages/", pages.pages, name="pages"),
    path("<slug:slug>/pages/<slug:page>", pages.page, name="page"),
    path("<slug:slug>/pages/<slug:page>/roll-back", pages.page_roll_back, name="roll-back"),
    path("<slug:slug>/tester", pages.tester, name="tester"),
    path("<slug:slug>/publish", publishing.changes, name="publish"),
    path("<slug:slug>/publish/now", publishing.publish, name="publish-now"),
    path("<slug:slug>/publish/undo", publishing.take_back, name="publish-undo"),
    path("<slug:slug>/imports/<uuid:public_id>/drafts", approving.drafts, name="import-drafts"),
    path("<slug:slug>/imports/<uuid:public_id>/drafts/approve", approving.approve, name="import-drafts-approve"),
    path("<slug:slug>/imports/<uuid:public_id>/drafts/back", approving.back, name="import-drafts-back"),
]
