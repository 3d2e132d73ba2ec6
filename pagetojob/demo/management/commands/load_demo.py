"""`manage.py load_demo`: create the demo tenants and their accounts, for local use."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from drift.services.demo import load_demo_site
from pagetojob.demo.contractors import load_demo_contractors
from pagetojob.demo.data import OWNER_EMAIL, STAFF, load_demo
from pagetojob.demo.queue import load_demo_queue


class Command(BaseCommand):
    help = "Create the missing parts of the demo tenants, their people and examples. Their password is DEMO_PASSWORD."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Demo accounts share one password, so they are created only with DEBUG=true.")
        if len(settings.DEMO_PASSWORD) < 12:
            raise CommandError("Set DEMO_PASSWORD to at least 12 characters. The demo people sign in with it.")
        tenant = load_demo(settings.DEMO_PASSWORD)
        load_demo_queue(tenant)
        load_demo_site(tenant)
        load_demo_contractors()
        people = ", ".join([email for email, _, _ in STAFF] + [OWNER_EMAIL])
        self.stdout.write(f"demo tenant {tenant.name} is ready; people: {people}")
