"""Root URL configuration."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from attribution.packets.check_page import check
from drift import urls as drift_urls
from pagetojob.onboarding import domain_urls
from pagetojob.onboarding import urls as onboarding_urls
from readiness import urls as readiness_urls
from readiness.views import page, roots
from syncqueue.urls import api_urls, hook_urls, intake_urls, notice_urls, ops_urls

admin.autodiscover()

handler400 = "pagetojob.platform.error_pages.bad_request"
handler403 = "pagetojob.platform.error_pages.permission_denied"
handler404 = "pagetojob.platform.error_pages.missing_page"
#: Answers every error that no view has handled.
handler500 = "pagetojob.ops.views.server_error"

urlpatterns = [
    # Pack pages are cached, so URL resolution is most of their cost: match them first.
    path("servicetitan-ready-websites/<page:slug>", page),
    path("servicetitan-ready-websites", RedirectView.as_view(pattern_name="readiness:landing")),
    # People type these addresses, and no other address gets its slash appended.
    path("ops", RedirectView.as_view(pattern_name="ops:list")),
    path("portal", RedirectView.as_view(pattern_name="portal:home")),
    path("help", RedirectView.as_view(pattern_name="help:index")),
    path("", include("pagetojob.ops.urls")),
    path("", include("pagetojob.platform.accounts.urls")),
    path("servicetitan-ready-websites/", include(readiness_urls)),
    path("sites/", include(intake_urls)),
    path("help/", include("pagetojob.ops.help.urls")),
    path("portal/", include("pagetojob.portal.urls")),
    path("ops/gates/", include("pagetojob.gates.screens.urls")),
    path("ops/connections/", include("pagetojob.servicetitan.connections.urls")),
    path("ops/facts/", include("pagetojob.servicetitan.facts.urls")),
    path("ops/sandbox/", include("pagetojob.ops.sandbox.urls")),
    path("ops/app-versions/", include("pagetojob.servicetitan.connections.version_urls")),
    path("ops/attribution/<slug:slug>/statements/", include("attribution.statements.urls")),
    path("ops/attribution/<slug:slug>/packets/", include("attribution.packets.urls")),
    path("check-a-packet", check, name="check-a-packet"),
    path("ops/attribution/", include("attribution.urls")),
    path("ops/contractors/", include(onboarding_urls.ops_urls)),
    path("notices/confirm/", include(onboarding_urls.link_urls)),
    path("r/", include(notice_urls)),
    path("ops/titan-map/", include("pagetojob.titanmap.workbench.urls")),
    path("ops/drift/", include(drift_urls.ops_urls)),
    path("review/", include(drift_urls.review_urls)),
    path("ops/retention/", include("pagetojob.retention.urls")),
    path("ops/", include(domain_urls.ops_urls)),
    path("ops/", include(ops_urls)),
    path("internal/", include(domain_urls.internal_urls)),
    path("", include("pagetojob.transparency.urls")),
    path("api/", include(api_urls)),
    path("hooks/", include(hook_urls)),
    path("admin/", admin.site.urls),
    path("robots.txt", roots.robots, name="robots"),
    path("sitemap.xml", roots.sitemap, name="sitemap"),
    path(".well-known/security.txt", roots.security_txt, name="security-txt"),
]
if settings.DEMO_PAGES:
    urlpatterns += [path("", include("pagetojob.demo.urls")), path("demo-site/", include(drift_urls.demo_urls))]
