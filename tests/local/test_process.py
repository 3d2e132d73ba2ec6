"""Ports for servers of tests and of `make run`."""

import errno
import socket

import pytest

from pagetojob.local.process import free_port


def test_a_free_port_is_given_to_no_other_program() -> None:
    """A program that wants any port asks as here, without SO_REUSEADDR."""
    port = free_port()
    with socket.socket() as other, pytest.raises(OSError, match="in use") as refused:
        other.bind(("127.0.0.1", port))
    assert refused.value.errno == errno.EADDRINUSE


def test_only_the_server_listens_on_a_free_port() -> None:
    port = free_port()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    with socket.create_server(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port)):
        pass
