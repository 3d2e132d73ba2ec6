"""URLs: the domains of contractors at /ops/, and what Caddy asks at /internal/."""

from django.urls import path

from . import domain_views as views

ops_urls = (
    [
        path("domains/", views.domains, name="list"),
        path("contractors/<slug:slug>/domain", views.contractor, name="contractor"),
        path("contractors/<slug:slug>/domain/add", views.add, name="add"),
        path("contractors/<slug:slug>/domain/<uuid:public_id>/check", views.check_again, name="check"),
        path("contractors/<slug:slug>/domain/<uuid:public_id>/remove", views.remove, name="remove"),
    ],
    "domains",
)

#: Reachable only for Caddy (deploy/Caddyfile).
internal_urls = ([path("tls-allowed", views.tls_allowed, name="tls-allowed")], "internal")
