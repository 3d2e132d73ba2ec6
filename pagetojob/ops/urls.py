from django.urls import path

from pagetojob.platform.accounts.views.sign_in import sign_in, sign_out

from . import audit_pages, views
from .alarm_pages import ops_alarms
from .health import ops_health
from .metrics import ops_metrics

app_name = "core"
urlpatterns = [
    path("", views.home, name="home"),
    path("account/sign-in", sign_in, name="sign-in"),
    path("account/sign-out", sign_out, name="sign-out"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("ops/health", ops_health, name="ops-health"),
    path("ops/metrics", ops_metrics, name="ops-metrics"),
    path("ops/alarms/", ops_alarms, name="ops-alarms"),
    path("ops/audit/", audit_pages.ops_audit, name="ops-audit"),
]
