"""`manage.py witness`: check that a log only grew, and sign its newest checkpoint."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pagetojob.transparency.signing import new_signer, read_signer
from pagetojob.transparency.verify import WITNESS, Invalid, read_key
from pagetojob.transparency.witness import Log, Unreachable, witness_once

LEAST_SECONDS = 5


class Command(BaseCommand):
    help = (
        "Check that a log contains everything that it showed before, and sign its newest checkpoint. "
        "Uses no database. Exit status: 0 signed, 1 the log shows another history, 4 not reachable, 2 usage error."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--new-key", metavar="NAME", help="Print a new private key and its public key, and end.")
        parser.add_argument("--log", help="Address of the log, such as https://example.com/log.")
        parser.add_argument("--log-key", help="Public key of the log, from a source that you trust.")
        parser.add_argument("--key-file", type=Path, help="File with this witness's private key.")
        parser.add_argument("--state", type=Path, help="File with the newest checkpoint that this witness signed.")
        parser.add_argument("--every", type=int, help=f"Repeat after so many seconds, at least {LEAST_SECONDS}.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["new_key"]:
            signer = new_signer(options["new_key"], WITNESS)
            self.stdout.write(f"{signer.secret()}\n{signer.key}")
            return
        if not all(options[name] for name in ("log", "log_key", "key_file", "state")):
            raise CommandError("Give --log, --log-key, --key-file and --state.", returncode=2)
        try:
            log = Log(options["log"].rstrip("/"), read_key(options["log_key"]))
            signer = read_signer(options["key_file"].read_text("utf-8"))
        except (Invalid, OSError, UnicodeDecodeError) as problem:
            raise CommandError(f"{problem}", returncode=2) from None
        while True:
            try:
                signed = witness_once(log, signer, options["state"])
                self.stdout.write(f"signed {signed.size} entries of {signed.origin}")
            except Invalid as problem:
                raise CommandError(f"NOT signed: {problem}", returncode=1) from None
            except Unreachable as problem:
                if not options["every"]:
                    raise CommandError(f"{problem}", returncode=4) from None
                self.stderr.write(f"{problem}")
            if not options["every"]:
                return
            time.sleep(max(LEAST_SECONDS, options["every"]))
