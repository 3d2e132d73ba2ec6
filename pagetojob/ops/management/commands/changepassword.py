"""`manage.py changepassword`: Django's command, with an audit line."""

from typing import Any

from django.contrib.auth.management.commands import changepassword

from pagetojob.ops.command_line import written_down


class Command(changepassword.Command):
    def handle(self, *args: Any, **options: Any) -> Any:
        with written_down("security.password_change", "manage.py changepassword"):
            return super().handle(*args, **options)
