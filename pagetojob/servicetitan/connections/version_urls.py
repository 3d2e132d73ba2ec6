from django.urls import path

from . import version_views

app_name = "versions"
urlpatterns = [
    path("", version_views.versions, name="list"),
    path("propose", version_views.propose, name="propose"),
    path("<int:number>/publish", version_views.publish, name="publish"),
    path("acceptances/<uuid:public_id>", version_views.accept, name="accept"),
]
