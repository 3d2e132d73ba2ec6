"""Files of linking, which contain names and contacts, do not outlive the process that wrote them."""

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from pagetojob.platform.scratch import private_folder, remove_leftovers

_HOLD = """
import sys, tempfile, time
from pathlib import Path
from pagetojob.platform.scratch import private_folder
tempfile.tempdir = sys.argv[1]
with private_folder("linking") as folder:
    (folder / "leads.csv").write_text("Ruth Okonjo,602-555-0199")
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_private_and_ends_with_its_block(place: Path) -> None:
    with private_folder("linking") as folder:
        assert folder.parent.parent == place and folder.stat().st_mode & 0o077 == 0
    assert not folder.exists() and list(place.iterdir()) == []


@pytest.mark.parametrize("next_process", ["starts", "links"])
def test_the_files_of_a_killed_process_are_removed_and_those_of_a_living_process_stay(
    place: Path, next_process: str
) -> None:
    command = [sys.executable, "-c", _HOLD, str(place)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as killed,
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as living,
    ):
        assert killed.stdout and living.stdout
        left, used = Path(killed.stdout.readline().strip()), Path(living.stdout.readline().strip())
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert (left / "leads.csv").exists()
        if next_process == "starts":
            remove_leftovers()
        else:
            with private_folder("linking"):
                pass
        assert not left.exists() and (used / "leads.csv").exists()
        living.kill()


def test_a_link_in_the_folder_of_temporary_files_is_not_followed(
    place: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "precious").touch()
    (elsewhere / "lock").touch()
    (place / "pagetojob-private-x").symlink_to(elsewhere)
    remove_leftovers()
    assert (elsewhere / "precious").exists()
