"""The machines of the cluster, and the rules by which no acknowledged lead can be lost."""

import configparser
from pathlib import Path

import pytest

from deploy.cluster import configuration, network
from deploy.cluster.cluster import Cluster, is_whole, role
from deploy.cluster.images import CLOCK_LIBRARY
from deploy.cluster.nodes import AUTHORITY, DATABASES, ETCDS, WEBS, WORKERS, administration, all_nodes
from tests.support.services import ROOT


def member(name: str, kind: str, state: str = "streaming") -> dict[str, str]:
    return {"name": name, "role": kind, "state": state}


WHOLE = [
    member("database-1", "leader", "running"),
    member("database-2", "sync_standby"),
    member("database-3", "replica"),
]


def test_each_machine_has_a_name_and_an_address() -> None:
    nodes = [*all_nodes().values(), administration()]
    assert len({node.address for node in nodes}) == len({node.name for node in nodes}) == len(nodes)
    assert {*DATABASES, *ETCDS, *WEBS, *WORKERS} <= set(all_nodes())


def test_patroni_commits_nothing_that_a_single_node_has(tmp_path: Path) -> None:
    nodes = all_nodes()
    configuration.write(tmp_path, nodes)
    settings = configuration.patroni(nodes["database-1"], nodes, tmp_path / "secrets")
    rules = settings["bootstrap"]["dcs"]
    assert rules["synchronous_mode"] and rules["synchronous_mode_strict"]
    assert rules["postgresql"]["parameters"]["synchronous_commit"] == "on"
    # One large transaction that no standby received must not prevent the promotion.
    assert rules["maximum_lag_on_failover"] >= 2**40
    # Patroni's own rule: otherwise a primary could lose its lease while it waits for etcd.
    assert rules["loop_wait"] + 2 * rules["retry_timeout"] <= rules["ttl"]
    assert len(settings["etcd3"]["hosts"]) == 3
    # Patroni does not repeat a rewind that failed on a full disk.
    assert settings["postgresql"]["remove_data_directory_on_rewind_failure"]


def test_our_processes_use_the_pool_and_administration_does_not(tmp_path: Path) -> None:
    nodes = all_nodes()
    configuration.write(tmp_path, nodes)
    assert "@pgbouncer:6432/" in (tmp_path / "secrets" / "pooled_url").read_text()
    assert "@postgres:5432/" in (tmp_path / "secrets" / "database_owner_url").read_text()
    for name in (*WEBS, *WORKERS):
        assert nodes[name].environment["DATABASE_URL_FILE"].endswith("/pooled_url")
        assert nodes[name].environment["DISABLE_SERVER_SIDE_CURSORS"] == "true"
        assert "admin_url" not in nodes[name].secrets
    assert "pooled_url" not in administration().secrets
    hosts = [
        option for option in Cluster(tmp_path).options(administration()) if option.startswith("--add-host=postgres")
    ]
    assert hosts == [f"--add-host=postgres:{nodes['haproxy'].address}"]


def test_the_pool_has_the_settings_of_production(tmp_path: Path) -> None:
    configuration.write(tmp_path, all_nodes())
    assert (tmp_path / "pgbouncer.ini").read_bytes() == (ROOT / "deploy" / "pgbouncer.ini").read_bytes()
    pool = configparser.ConfigParser(interpolation=None)
    pool.read(tmp_path / "pgbouncer.ini")
    assert pool["pgbouncer"]["pool_mode"] == "transaction"


def test_secrets_stay_when_the_files_are_written_again(tmp_path: Path) -> None:
    nodes = all_nodes()
    configuration.write(tmp_path, nodes)
    before = {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}
    configuration.write(tmp_path, nodes)
    assert {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()} == before


def test_every_mounted_file_and_secret_is_written(tmp_path: Path) -> None:
    nodes = all_nodes()
    configuration.write(tmp_path, nodes)
    for node in (*nodes.values(), administration()):
        made_later = {AUTHORITY, CLOCK_LIBRARY}
        missing = [name for name in {*node.files} - made_later if not (tmp_path / name).is_file()]
        missing += [name for name in node.secrets if not (tmp_path / "secrets" / name).is_file()]
        assert not missing, node.name


@pytest.mark.parametrize(
    "members",
    [
        [],
        WHOLE[:2],
        [WHOLE[0], member("database-2", "replica"), WHOLE[2]],
        [WHOLE[0], WHOLE[1], member("database-3", "replica", "starting")],
        [member("database-1", "replica"), WHOLE[1], WHOLE[2]],
    ],
)
def test_a_cluster_is_whole_only_with_a_primary_a_synchronous_standby_and_every_node(
    members: list[dict[str, str]],
) -> None:
    assert is_whole(WHOLE)
    assert not is_whole(members)


def test_a_member_that_does_not_run_has_no_role() -> None:
    assert role([member("database-1", "leader", "crashed")], "leader") == []


def test_a_partition_drops_packets_in_both_directions() -> None:
    rules = network.rules(["10.0.0.1", "10.0.0.2"])
    assert "ip saddr { 10.0.0.1, 10.0.0.2 } drop" in rules
    assert "ip daddr { 10.0.0.1, 10.0.0.2 } drop" in rules
