"""A lock that one process has while it commits several transactions."""

import pytest
from django.db import OperationalError, connection, transaction

from pagetojob.local.process import free_port
from pagetojob.platform.postgresql.run_lock import RunLock


@pytest.mark.django_db(transaction=True)
def test_a_holder_has_it_across_commits_and_until_it_is_released() -> None:
    lock = RunLock("a")
    with lock as is_first:
        assert is_first
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        with RunLock("a") as is_second, RunLock("b") as is_other:
            assert not is_second and is_other
        lock.release()
        with RunLock("a") as is_second:
            assert is_second


@pytest.mark.django_db(transaction=True)
def test_it_opens_no_transaction_for_the_work_and_ends_with_an_error() -> None:
    with pytest.raises(ZeroDivisionError), RunLock("a"):
        assert not connection.in_atomic_block
        raise ZeroDivisionError
    with RunLock("a") as is_free:
        assert is_free


@pytest.mark.django_db(transaction=True)
def test_without_a_second_connection_only_a_required_lock_stops_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    connection.ensure_connection()
    monkeypatch.setitem(connection.settings_dict, "PORT", str(free_port()))
    with RunLock("a", required=False) as is_first, RunLock("a", required=False) as is_second:
        assert is_first and is_second
    with pytest.raises(OperationalError), RunLock("a"):
        pass
