from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "pagetojob.kernel.leads"
    label = "leads"
