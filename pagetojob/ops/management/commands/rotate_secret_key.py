"""`manage.py rotate_secret_key`: seal everything that is stored under an earlier SECRET_KEY again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pagetojob.platform.accounts.services.factors import reseal_authenticators
from pagetojob.platform.tenants import scope


class Command(BaseCommand):
    help = "Seal the keys of authenticator apps with the current SECRET_KEY. Earlier keys: SECRET_KEY_FALLBACKS."

    def handle(self, *args: Any, **options: Any) -> None:
        with scope.worker():
            resealed, lost = reseal_authenticators()
        self.stdout.write(f"Sealed {resealed} again. All other authenticator apps were under the current key.")
        if lost:
            raise CommandError(
                f"{lost} authenticator apps cannot be read with any key. Add the key they were made with to "
                "SECRET_KEY_FALLBACKS, or reset the second step of their owners."
            )
