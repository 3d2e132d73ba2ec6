"""The walk counts the whole time without a page."""

import threading

from tests.containers.walk import Polled

RESTART_SECONDS = 0.6


def test_a_request_that_waits_for_the_restart_is_time_without_a_page() -> None:
    asked, restart = threading.Event(), threading.Event()

    def answers() -> bool:
        asked.set()
        restart.wait(RESTART_SECONDS)
        return True

    with Polled(answers) as polled:
        asked.wait()
    assert polled.longest >= RESTART_SECONDS
