"""The intake API with production settings, asked as its description allows and forbids: every answer is described."""

from pathlib import Path

import pytest

from pagetojob.platform.tenants.models import Tenant
from tests.support.api import ORIGIN, make_key

from .production import API_REQUESTS, SEED, run


@pytest.mark.nightly
@pytest.mark.django_db(transaction=True)
def test_every_answer_of_the_api_is_described(tmp_path: Path, tenant: Tenant) -> None:
    options = {
        "seed": SEED,
        "requests": API_REQUESTS,
        "site_key": make_key(tenant),
        "retired_key": make_key(tenant, active=False),
        "origin": ORIGIN,
    }
    report = run("openapi", tmp_path, options)
    problems = report["problems"]
    assert problems == [], f"{len(problems)} problems, seed {SEED}:\n" + "\n\n".join(problems)
    assert report["sent"] >= API_REQUESTS
