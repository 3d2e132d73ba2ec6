"""Engine selection: settings, command options, and errors if Spark is missing."""

import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from attribution.linkage import engine, engines, model, scoring
from attribution.linkage.engines import Spark, chosen
from attribution.linkage.errors import LinkageError
from tests.attribution.linking import job, labels, lead, linked, write

CLONE = Path(__file__).parents[2]


def test_default_engine_is_duckdb() -> None:
    assert settings.LINKAGE_ENGINE == "duckdb" and settings.LINKAGE_SPARK is None
    assert chosen("duckdb", master="spark://ignored:7077") is None


def test_default_spark_master_is_local() -> None:
    assert chosen("spark") == Spark("local[*]")
    assert chosen("spark", master="local[2]").local  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("conf", "expected"),
    [
        ("", {}),
        ("spark.x.memory=4g, spark.x.cores=2,", {"spark.x.memory": "4g", "spark.x.cores": "2"}),
        ("a.options=-Dx=1", {"a.options": "-Dx=1"}),
        ('{"spark.executor.cores": 2}', {"spark.executor.cores": "2"}),
    ],
)  # fmt: skip
def test_conf_is_json_or_pairs(conf: str, expected: dict[str, str]) -> None:
    spark = chosen("spark", conf=conf)
    assert spark is not None and spark.conf == expected


@pytest.mark.parametrize(
    ("name", "options", "why"),
    [
        ("postgres", {}, "Unknown engine 'postgres'. Use duckdb or spark."),
        ("spark", {"conf": "memory"}, "LINKAGE_SPARK_CONF must be a JSON object or comma-separated key=value pairs."),
        ("spark", {"conf": '{"a": '}, "LINKAGE_SPARK_CONF is not a JSON object."),
        ("spark", {"folder": "/mnt/links[1]"}, "LINKAGE_SPARK_FOLDER must not contain"),
        ("spark", {"master": "spark://host:7077"}, "needs a folder that all its machines can read"),
    ],
)
def test_invalid_engine_settings_are_rejected(name: str, options: dict[str, str], why: str) -> None:
    with pytest.raises(LinkageError) as refused:
        chosen(name, **options)
    assert why in str(refused.value)


def test_invalid_setting_prevents_startup() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from django.conf import settings; settings.DEBUG"],
        cwd=CLONE, env=os.environ | {"LINKAGE_ENGINE": "postgres"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode and "LINKAGE_ENGINE: Unknown engine 'postgres'" in done.stderr


def test_command_option_overrides_engine_setting(tmp_path: Path) -> None:
    leads, jobs = write(tmp_path / "leads.csv", [lead()]), write(tmp_path / "jobs.csv", [job()])
    with pytest.raises(CommandError, match=r"Nothing was written\. Unknown engine 'postgres'"):
        call_command("link_files", leads=leads, jobs=jobs, out=tmp_path / "links.csv", engine="postgres")


def test_scoring_without_chunks_accepts_no_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Spark, which splits the work itself."""
    monkeypatch.setattr(scoring, "CHUNK", 0)
    stranger = job(
        customer_name="Wilma Otherby",
        phone_number="",
        email_address="w@otherby.org",
        address="9 Elm Rd, Mesa, AZ 85299",
    )
    assert labels(linked(tmp_path, [lead()], [stranger])[0]) == {("L1", ""): "unmatched"}
    assert labels(linked(tmp_path, [lead()], [job()])[0]) == {("L1", "7001"): "matched"}


def absent(package: str) -> str:
    raise PackageNotFoundError(package)


def test_missing_pyspark_error_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hides pyspark if it is installed, so that this is tested everywhere."""
    monkeypatch.setattr(engines, "version", absent)
    files = {"leads": write(tmp_path / "leads.csv", [lead()]), "jobs": write(tmp_path / "jobs.csv", [job()])}
    out = tmp_path / "links.csv"
    out.write_text("as it was")
    with pytest.raises(LinkageError) as refused:
        engine.link(files, out, model=model.read(), spark=Spark())
    assert str(refused.value) == engines.INSTALL
    assert out.read_text() == "as it was" and {path.name for path in tmp_path.iterdir()} == {
        "leads.csv", "jobs.csv", "links.csv",
    }  # fmt: skip


def test_requirements_file_matches_the_error_message() -> None:
    assert "pyspark==" in (CLONE / "requirements" / "spark.txt").read_text()
