"""URL configuration of the hosts of contractors: their website, and nothing else of the product."""

from django.urls import include, path

from syncqueue.urls import host_urls

handler400 = "pagetojob.platform.error_pages.bad_request"
handler404 = "syncqueue.views.visiting.missing_page"
handler500 = "pagetojob.ops.views.server_error"

urlpatterns = [path("", include(host_urls))]
