"""Routes: visitor forms below /sites/, the intake API at /api/, webhooks at /hooks/, and operations below /ops/."""

from django.urls import path, register_converter
from django.urls.converters import SlugConverter

from pagetojob.platform.tenants.contractor_hosts import ContractorSlug
from pagetojob.platform.tenants.models import LegalKind

from .item_actions import Move
from .models import InboxEvent, QuarantinedRequest
from .views import (
    api,
    binding,
    branding,
    bulk,
    charts,
    crawlers,
    inbox,
    inbox_routes,
    intake,
    item,
    item_actions,
    lanes,
    notices,
    queue,
    refusals,
    site,
    thank_you,
    triage,
    visiting,
    webhooks,
)


class PublicLegalKind(SlugConverter):
    """Path converter for the legal texts that have a page."""

    regex = f"{LegalKind.PRIVACY}|{LegalKind.TERMS}"


intake_urls = (
    [
        path("<slug:slug>/request-appointment", intake.request_form, name="request"),
        path("<slug:slug>/requests/<uuid:public_id>", thank_you.received, name="received"),
        path("<slug:slug>/preview/<str:token>", visiting.preview, name="preview"),
        path("<slug:slug>/legal/<slug:kind>", site.legal, name="legal"),
        path("<slug:slug>/look/<slug:color>.css", branding.color, name="color"),
        path("<slug:slug>/look/<uuid:public_id>", branding.logo, name="logo"),
        path("<slug:slug>", site.home_without_slash),
        path("<slug:slug>/", site.page, name="home"),
        # Last, because it matches any other path below a site.
        path("<slug:slug>/<path:page>", site.page, name="page"),
    ],
    "intake",
)

register_converter(ContractorSlug, "contractor")
register_converter(PublicLegalKind, "legal")
#: The same pages on the host of a contractor, by the same names and arguments: `contractor` is the slug of the host.
host_urls = (
    [
        path("<contractor:slug>request", intake.request_form, name="request"),
        path("<contractor:slug>requests/<uuid:public_id>", thank_you.received, name="received"),
        path("<contractor:slug>preview/<str:token>", visiting.preview, name="preview"),
        path("<contractor:slug><legal:kind>", site.legal, name="legal"),
        path("<contractor:slug>look/<slug:color>.css", branding.color, name="color"),
        path("<contractor:slug>look/<uuid:public_id>", branding.logo, name="logo"),
        path("<contractor:slug>robots.txt", crawlers.robots, name="robots"),
        path("<contractor:slug>sitemap.xml", crawlers.sitemap, name="sitemap"),
        path("<contractor:slug>", site.page, name="home"),
        # Last, because it matches any other path.
        path("<contractor:slug><path:page>", site.page, name="page"),
    ],
    "intake",
)

#: Actions with a preview before they are applied; the content of a send can also be previewed unmasked.
item_moves = [
    *(
        path(f"items/<uuid:public_id>/{move}", item_actions.move_page, {"move": move}, name=move)
        for move in (Move.RESEND, Move.ASK_RESEND, Move.CANCEL, Move.EXCLUDE, Move.TAKE_BACK, Move.NOT_A_BOT)
    ),
    *(
        path(
            f"items/<uuid:public_id>/{move}/unmask", item_actions.unmask_preview, {"move": move}, name=f"{move}-unmask"
        )
        for move in (Move.RESEND, Move.ASK_RESEND)
    ),
]

_EVENT, _QUARANTINED = {"model": InboxEvent}, {"model": QuarantinedRequest}

ops_urls = (
    [
        path("", queue.item_list, name="list"),
        path("live", queue.live, name="live"),
        path("export", queue.export, name="export"),
        path("views/save", queue.save, name="save-view"),
        path("views/delete", queue.delete, name="delete-view"),
        path("items/<uuid:public_id>", item.item_detail, name="item"),
        path("items/<uuid:public_id>/manual-complete", item.manual_complete, name="manual-complete"),
        path("items/<uuid:public_id>/unmask", item.unmask, name="unmask"),
        path("items/<uuid:public_id>/photos/<int:position>", item.photo, name="photo"),
        path("items/<uuid:public_id>/next", item.next_item, name="next"),
        path("items/<uuid:public_id>/take", triage.take, name="take"),
        path("items/<uuid:public_id>/assign", triage.assign, name="assign"),
        path("items/<uuid:public_id>/hand-over", triage.handover, name="hand-over"),
        path("items/<uuid:public_id>/snooze", triage.snooze, name="snooze"),
        path("items/<uuid:public_id>/wake", triage.wake, name="wake"),
        path("items/<uuid:public_id>/binding", binding.binding, name="binding"),
        path("items/<uuid:public_id>/release", binding.release, name="release"),
        path("status/<slug:slug>", queue.status, name="status"),
        path("charts/", charts.charts, name="charts"),
        path("notices/", notices.notice_list, name="notices"),
        path("notices/<uuid:public_id>/retry", notices.notice_retry, name="notice-retry"),
        path("lanes/", lanes.board, name="lanes"),
        path("lanes/<slug:slug>/<slug:kind>/<str:act>", lanes.act, name="lane-act"),
        path("refusals/", refusals.board, name="refusals"),
        path("refusals/<uuid:public_id>", refusals.refusal, name="refusal"),
        path("bulk", bulk.preview, name="bulk"),
        path("bulk/start", bulk.start, name="bulk-start"),
        path("runs/", bulk.run_list, name="runs"),
        path("runs/<uuid:public_id>", bulk.run_page, name="run"),
        path("runs/<uuid:public_id>/stop", bulk.stop, name="run-stop"),
        path("runs/<uuid:public_id>/undo", bulk.undo, name="run-undo"),
        path("items/<uuid:public_id>/undo", item.undo, name="undo"),
        path("items/<uuid:public_id>/note", item.add_note, name="note"),
        *item_moves,
        path("inbox/", inbox.board, name="inbox"),
        path("inbox/quarantine", inbox.quarantine, name="inbox-quarantine"),
        path("inbox/keys", inbox.keys, name="inbox-keys"),
        path("inbox/keys/<uuid:public_id>", inbox.key_ring, name="inbox-ring"),
        path("inbox/open/<uuid:public_id>", inbox_routes.open_route, name="inbox-open"),
        path("inbox/routes/<uuid:public_id>", inbox.recipe, name="inbox-recipe"),
        path("inbox/routes/<uuid:public_id>/status", inbox_routes.route, name="inbox-route"),
        path("inbox/routes/<uuid:public_id>/test", inbox_routes.test_event, name="inbox-test"),
        path("inbox/routes/<uuid:public_id>/close", inbox_routes.close, name="inbox-close"),
        path("inbox/events/<uuid:public_id>", inbox.row, _EVENT, name="inbox-event"),
        path("inbox/quarantine/<uuid:public_id>", inbox.row, _QUARANTINED, name="inbox-quarantined"),
        path("inbox/events/<uuid:public_id>/unmask", inbox.unmask, _EVENT, name="inbox-unmask"),
        path("inbox/quarantine/<uuid:public_id>/unmask", inbox.unmask, _QUARANTINED, name="inbox-unmask-quarantined"),
        path("inbox/events/<uuid:public_id>/rerun", inbox.rerun, _EVENT, name="inbox-rerun"),
        path("inbox/quarantine/<uuid:public_id>/rerun", inbox.rerun, _QUARANTINED, name="inbox-rerun-quarantined"),
    ],
    "ops",
)

api_urls = (
    [
        path("v1/leads", api.leads, name="leads"),
        path("v1/openapi.json", api.openapi, name="openapi"),
        path("", api.nothing_here),
        path("<path:rest>", api.nothing_here),
    ],
    "api",
)

hook_urls = (
    [
        path("<uuid:public_id>/", webhooks.receive, name="receive"),
        path("texts/<uuid:public_id>", notices.text_report, name="text-report"),
    ],
    "hooks",
)

#: Short, because it is in text messages.
notice_urls = ([path("<str:code>", notices.open_link, name="open")], "notice-link")
