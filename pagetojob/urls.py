"""Every address of the product."""

from django.contrib import admin
from django.urls import include, path

from syncqueue.urls import api_urls, intake_urls, ops_urls

urlpatterns = [
    path("", include("pagetojob.desk.urls")),
    path("servicetitan-ready-websites/", include("readiness.urls")),
    path("sites/", include(intake_urls)),
    path("ops/", include(ops_urls)),
    path("api/", include(api_urls)),
    path("admin/", admin.site.urls),
]
