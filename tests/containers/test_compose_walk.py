"""Every step of the walk through docker-compose.yml succeeds: `make compose-walk` prints it."""

import pytest

from deploy.base_images.__main__ import IMAGES, make
from tests.containers.walk import run

pytestmark = [pytest.mark.nightly, pytest.mark.usefixtures("has_programs")]


def test_compose_serves_delivers_restarts_upgrades_and_backs_up() -> None:
    make()
    rows, memory, error = run(images=IMAGES)
    assert not error
    assert rows[-1].step == "the ledger" and len(memory) >= 10
