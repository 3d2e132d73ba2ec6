"""`manage.py createsuperuser`: Django's command, with an audit line."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser

from pagetojob.ops.command_line import written_down


class Command(createsuperuser.Command):
    help = "Create a staff admin. There is no superuser."

    def handle(self, *args: Any, **options: Any) -> None:
        with written_down("security.staff_admin_made", "manage.py createsuperuser"):
            super().handle(*args, **options)
