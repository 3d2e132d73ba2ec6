from django.urls import path

from . import views
from .ops_health import ops_health

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("account/sign-in", views.sign_in, name="sign-in"),
    path("account/sign-out", views.sign_out, name="sign-out"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("style", views.style, name="style"),
    path("ops/health", ops_health, name="ops-health"),
]
