from django.urls import path

from pagetojob.platform.accounts.views.sign_in import sign_in, sign_out

from . import audit_pages, on_call_pages, runbook_pages, views, watching
from .alarm_pages import ops_alarms
from .health import ops_health
from .metrics import ops_metrics
from .search.views import palette, search
from .status import status

app_name = "core"
urlpatterns = [
    path("", views.home, name="home"),
    path("account/sign-in", sign_in, name="sign-in"),
    path("account/sign-out", sign_out, name="sign-out"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("status", status, name="status"),
    path("ops/health", ops_health, name="ops-health"),
    path("ops/metrics", ops_metrics, name="ops-metrics"),
    path("ops/alarms/", ops_alarms, name="ops-alarms"),
    path("ops/alarms/watch", watching.watch_alarms, name="ops-watch-alarms"),
    path("ops/items/<uuid:public_id>/watch", watching.watch_item, name="ops-watch-item"),
    path("ops/alarms/acknowledge", on_call_pages.acknowledge, name="ops-acknowledge"),
    path("ops/on-call/", on_call_pages.on_call, name="ops-on-call"),
    path("ops/on-call/shifts", on_call_pages.new_shift, name="ops-on-call-add"),
    path("ops/on-call/contact", on_call_pages.contact, name="ops-on-call-contact"),
    path("ops/on-call/shifts/<uuid:public_id>/remove", on_call_pages.remove_shift, name="ops-on-call-remove"),
    path("ops/on-call/shifts/<uuid:public_id>/undo", on_call_pages.undo_removal, name="ops-on-call-undo"),
    path("ops/search", search, name="ops-search"),
    path("ops/search/palette", palette, name="ops-palette"),
    path("ops/runbooks/", runbook_pages.runbooks, name="ops-runbooks"),
    path("ops/runbooks/drills", runbook_pages.new_drill, name="ops-drill-add"),
    path("ops/audit/", audit_pages.ops_audit, name="ops-audit"),
]
