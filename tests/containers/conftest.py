"""Where podman or debootstrap is missing, the tests that use them are skipped, named and counted."""

import os
import shutil

import pytest

PROGRAMS = ("podman", "debootstrap")


@pytest.fixture(scope="session")
def has_programs() -> None:
    """With REQUIRE_SYSTEM_PACKAGES=1 a missing program is a failure."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        reason = f"needs root and Debian's {', '.join(PROGRAMS)} (missing: {', '.join(missing) or 'root'})"
        if os.environ.get("REQUIRE_SYSTEM_PACKAGES"):
            pytest.fail(reason)
        pytest.skip(reason)
