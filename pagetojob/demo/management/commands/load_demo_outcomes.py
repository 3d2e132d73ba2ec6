"""`manage.py load_demo_outcomes`: create half a year of fictional leads and outcomes for the demo tenant."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pagetojob.demo.data import OWNER_EMAIL, SLUG, STAFF
from pagetojob.demo.outcomes import load_demo_outcomes
from pagetojob.platform.tenants.models import Tenant, User


class Command(BaseCommand):
    help = "Create fictional leads and exports for the demo tenant, unless they exist. Run load_demo first."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Fictional outcomes are for demos, so they are created only with DEBUG=true.")
        tenant = Tenant.objects.filter(slug=SLUG, is_demo=True).first()
        actor = User.objects.by_email(STAFF[0][0])
        office = User.objects.by_email(OWNER_EMAIL)
        if tenant is None or actor is None or office is None:
            raise CommandError("Run load_demo first.")
        made = load_demo_outcomes(tenant, actor, office)
        done = f"{made} leads created, a worker links them" if made else "already loaded"
        self.stdout.write(f"demo outcomes: {done}")
