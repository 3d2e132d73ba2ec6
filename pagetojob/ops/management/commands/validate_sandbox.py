"""`manage.py validate_sandbox`: run the sandbox validation protocol, and print one JSON object per case."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pagetojob.gates.registry import Environment
from pagetojob.ops.sandbox.harness import validate
from pagetojob.platform.outbound.errors import GatewayError
from pagetojob.servicetitan.accounts import BadAccount, add_account_arguments, given_account
from pagetojob.servicetitan.validation.protocol import BY_SLUG, Result
from pagetojob.servicetitan.validation.results import RunBusy
from pagetojob.servicetitan.validation.selectors import as_line

_NAMES = {"simulator": Environment.SIMULATOR} | {place.value: place for place in Environment}


class Command(BaseCommand):
    help = (
        "Run the sandbox validation protocol on an account of ours: one JSON object per case. An interrupted run "
        "continues. A result opens no gate."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--environment", required=True, choices=sorted(_NAMES), help="Where to run.")
        parser.add_argument("--case", action="append", default=[], choices=list(BY_SLUG), help="Only this case.")
        parser.add_argument("--new", action="store_true", help="Begin a new run, also if one is unfinished.")
        add_account_arguments(parser, default="that of a demo tenant's connection to the environment")

    def handle(self, *args: Any, **options: Any) -> None:
        environment = _NAMES[options["environment"]]
        if environment is Environment.PRODUCTION:
            raise CommandError("The protocol runs on an account of ours, never in production.", returncode=2)
        failed = 0
        try:
            account = given_account(options["account"], from_stdin=options["stdin"])
            for row in validate(environment, account=account, only=options["case"], renew=options["new"]):
                self.stdout.write(json.dumps(as_line(row)))
                self.stdout.flush()
                failed += row.result == Result.FAILED
        except BadAccount as error:
            raise CommandError(str(error), returncode=2) from None
        except RunBusy:
            raise CommandError("Another process runs the protocol in this environment.") from None
        except GatewayError as error:
            raise CommandError(error.sentence) from None
        if failed:
            raise CommandError(f"Failed cases: {failed}.")
