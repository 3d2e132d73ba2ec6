from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "syncqueue.leads"
    label = "leads"
