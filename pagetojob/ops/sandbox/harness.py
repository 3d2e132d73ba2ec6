"""Run the cases of the protocol, and store a sealed result of each."""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping

from django.utils import timezone

from pagetojob.gates.registry import Environment
from pagetojob.ops.webhook_proof.running import code_version
from pagetojob.platform.outbound.errors import GateClosedError, GatewayError, TransientError
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, RunStopped
from pagetojob.platform.sealing.errors import VaultError
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from pagetojob.servicetitan.accounts import Account
from pagetojob.servicetitan.validation import results
from pagetojob.servicetitan.validation.models import CaseResult, ValidationRun
from pagetojob.servicetitan.validation.protocol import CASES, Case, Result
from syncqueue import workers

from .cases_access import disconnect_and_deletion, token_exchange
from .cases_events import webhook_replay
from .cases_reading import revenue_attribution, taxonomy_import
from .cases_sending import booking_handoff, retries_and_limits
from .ground import Blocked, Failed, Ground, prepare
from .trial import Trial

log = logging.getLogger(__name__)

_WORK: Mapping[str, Callable[[Trial], None]] = {
    "token-exchange": token_exchange,
    "taxonomy-import": taxonomy_import,
    "webhook-replay": webhook_replay,
    "booking-handoff": booking_handoff,
    "retries-and-limits": retries_and_limits,
    "disconnect-and-deletion": disconnect_and_deletion,
    "revenue-attribution": revenue_attribution,
}


def validate(
    environment: Environment,
    *,
    account: Account | None = None,
    actor: User | None = None,
    only: Collection[str] = (),
    renew: bool = False,
) -> Iterator[CaseResult]:
    """Run the open run of the environment to its end, or a new one; yield its results, also the earlier ones.

    A result is stored before the next case begins, so an interrupted run continues with the case that it was at.
    Raises RunBusy, and GateClosedError if the environment has no server.
    """
    worker = workers.name() or "unnamed"
    with scope.worker():
        run = results.open_run(
            environment, code=code_version(), worker=worker, has_ended=workers.has_ended, renew=renew
        )
        done = {row.case: row for row in run.results.select_related("run")}
    ground = prepare(environment, account, actor)
    try:
        for case in CASES:
            if case.slug in done:
                yield done[case.slug]
            elif not only or case.slug in only:
                with scope.worker():
                    results.claim(run, worker)
                done[case.slug] = _run(run, case, ground)
                yield done[case.slug]
    finally:
        ground.end()
    if len(done) == len(CASES):
        with scope.worker():
            results.close(run)


def _run(run: ValidationRun, case: Case, ground: Ground) -> CaseResult:
    trial, began_at = Trial(ground), timezone.now()
    result, reason = _judged(case, trial)
    log.info("validation case ended", extra={"case": case.slug, "result": result.value})
    with scope.worker():
        return results.store(
            run,
            case=case.slug,
            result=result,
            grade=trial.grade,
            reason=reason,
            evidence=trial.evidence | {"requests_sent": trial.recorder.sent},
            requests=trial.recorder.listed,
            began_at=began_at,
        )


def _judged(case: Case, trial: Trial) -> tuple[Result, str]:
    """Run a case. Only one that ran to its end with all of its evidence has passed."""
    try:
        _WORK[case.slug](trial)
    except (Blocked, GateClosedError, VaultError) as error:
        return Result.BLOCKED, str(error)
    except TransientError as error:
        return Result.BLOCKED, f"The other side did not answer in time: {error.sentence}"
    except (Failed, GatewayError) as error:
        return Result.FAILED, str(error)
    except Exception as error:
        log.exception("validation case stopped", extra={"case": case.slug})
        return Result.FAILED, f"An internal error stopped it ({type(error).__name__})."
    if missing := [name for name in case.evidence if name not in trial.evidence]:
        return Result.FAILED, f"This evidence is missing: {', '.join(missing)}."
    return Result.PASSED, ""


def work(run: Run) -> Iterator[Progress]:
    """Handler of runs of kind `sandbox.validate`."""
    environment = Environment(run.params["environment"])
    done = 0
    try:
        for _ in validate(environment, actor=run.asked_by):
            done += 1
            yield Progress(done=done, total=len(CASES), cursor=done)
    except (results.RunBusy, GateClosedError) as error:
        raise RunStopped(str(error) or "Another process runs the protocol in this environment.") from None
