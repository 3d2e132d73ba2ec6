"""`manage.py reset_second_step`: reset the second step of the only staff admin. Others are reset in the admin."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from pagetojob.platform.accounts.services.factors import reset_factors
from pagetojob.platform.tenants.models import User


class Command(BaseCommand):
    help = "Remove all second steps of a person and sign the person out. Audited; the person is notified by email."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--reason", required=True, help="Recorded in the audit log.")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.by_email(options["email"])
        if person is None:
            raise CommandError("No user has this address.")
        if not options["reason"].strip():
            raise CommandError("Give a reason; it is recorded in the audit log.")
        reset_factors(user=person, reason=options["reason"], actor="command line")
        self.stdout.write("Done. The person must add a new second step at the next sign-in.")
