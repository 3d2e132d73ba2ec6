"""E-mail out, against a real SMTP server that misbehaves on demand."""

import socket
import threading
import time
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from pagetojob.environment import mailer
from pagetojob.local.process import free_port
from pagetojob.platform.outbound import mail
from pagetojob.platform.outbound.errors import GatewayError, RefusedError, TransientError, UnclearError
from tests.support.smtp import MailServer


def send(message_id: str = "<one@example.com>") -> mail.Receipt:
    return mail.send_mail(message_id=message_id, to="office@example.com", subject="Hello", body="Body: 冷房\n")


def use(settings: Any, url: str, **options: object) -> None:
    entry = mailer(url)
    assert isinstance(entry["OPTIONS"], dict)
    settings.MAILERS = {"default": {**entry, "OPTIONS": entry["OPTIONS"] | options}}


def test_sends_with_the_given_message_id(settings: Any, mail_server: MailServer) -> None:
    use(settings, mail_server.url)
    assert send().message_id == "<one@example.com>"
    assert mail_server.box.received == ["<one@example.com>"]


@pytest.mark.parametrize(
    ("answer", "error"), [("451 later", TransientError), ("550 never", RefusedError), ("554 spam", RefusedError)]
)
def test_server_response_decides_the_error(
    settings: Any, mail_server: MailServer, answer: str, error: type[GatewayError]
) -> None:
    use(settings, mail_server.url)
    mail_server.box.answer = answer
    with pytest.raises(error) as caught:
        send()
    assert caught.value.code == f"mail-{answer[:3]}"
    assert "office@" not in caught.value.sentence


def test_unreachable_mail_server_is_a_transient_error(settings: Any) -> None:
    use(settings, f"smtp://127.0.0.1:{free_port()}")
    with pytest.raises(TransientError):
        send()


def test_silence_after_the_message_is_unclear(settings: Any, mail_server: MailServer) -> None:
    mail_server.box.delay = 2
    use(settings, mail_server.url, timeout=0.3)
    with pytest.raises(UnclearError):
        send()


def test_slow_mail_server_is_cut_off_at_the_deadline(settings: Any, mail_server: MailServer) -> None:
    """Each answer is within the time-out; the whole is not within the deadline."""
    mail_server.box.delay = 3
    use(settings, mail_server.url, timeout=10)
    settings.MAIL_DEADLINE_SECONDS = 0.5
    began = time.monotonic()
    with pytest.raises(UnclearError):
        send()
    assert time.monotonic() - began < 2


def test_rejected_login_is_a_transient_error(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_greet, args=(listener, b"554 no service\r\n"), daemon=True).start()
        use(settings, f"smtp://127.0.0.1:{listener.getsockname()[1]}", timeout=2)
        with pytest.raises(TransientError):
            send()


def test_missing_recipient_is_refused(settings: Any, mail_server: MailServer) -> None:
    use(settings, mail_server.url)
    with pytest.raises(RefusedError):
        mail.send_mail(message_id="<a@b>", to="", subject="Hello", body="")
    assert mail_server.box.received == []


def test_unwritable_folder_is_a_transient_error(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where the folder should be")
    use(settings, f"file://{tmp_path}/mail")
    with pytest.raises(TransientError):
        send()


def test_early_disconnect_is_a_transient_error(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept_and_hang_up, args=(listener,), daemon=True).start()
        use(settings, f"smtp://127.0.0.1:{listener.getsockname()[1]}", timeout=2)
        with pytest.raises(TransientError):
            send()


def _accept_and_hang_up(listener: socket.socket) -> None:
    listener.accept()[0].close()


def _greet(listener: socket.socket, greeting: bytes) -> None:
    with listener.accept()[0] as connection:
        connection.sendall(greeting)


def test_second_attempt_overwrites_the_file(settings: Any, tmp_path: Path) -> None:
    use(settings, f"file://{tmp_path}/with%20space")
    send()
    send()
    (file,) = (tmp_path / "with space").iterdir()
    assert file.name == "one@example.com.eml"
    content = message_from_bytes(file.read_bytes()).get_payload(decode=True)
    assert isinstance(content, bytes) and content.decode() == "Body: 冷房\n"


def test_message_id_cannot_escape_the_folder(settings: Any, tmp_path: Path) -> None:
    use(settings, f"file://{tmp_path}/mail")
    send("<../../escape@example.com>")
    assert [path.name for path in (tmp_path / "mail").iterdir()] == ["....escape@example.com.eml"]


def test_a_line_break_in_a_header_is_refused(settings: Any, tmp_path: Path) -> None:
    use(settings, f"file://{tmp_path}/mail")
    with pytest.raises(ValueError, match=r"newline|linefeed|carriage"):
        mail.send_mail(message_id="<a@b>", to="x@example.com", subject="a\r\nBcc: evil@example.com", body="")
