"""Timestamps of checkpoints (RFC 3161): another party's statement that a state of the log existed at a time."""

import asyncio
import logging
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificate
from django.conf import settings
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, VerifierBuilder, decode_timestamp_response
from rfc3161_client.errors import VerificationError
from rfc3161_client.tsp import TimeStampRequest, TimeStampResponse

from pagetojob.platform.outbound.errors import GatewayError, RefusedError
from pagetojob.platform.tenants import scope

from . import local_authority
from .models import CheckpointTimestamp, LogCheckpoint

_HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
log = logging.getLogger(__name__)


def date_newest() -> int:
    """Have the newest checkpoint dated unless it is; return how many were. Makes its call outside any transaction.

    A failed call is logged and repeated by the next run: bundles use the newest checkpoint that is dated.
    """
    if not (settings.LOG_AUTHORITY_CERTIFICATE and (settings.LOG_AUTHORITY_URL or settings.LOG_LOCAL_AUTHORITY)):
        return 0
    with scope.worker():
        checkpoint = LogCheckpoint.objects.filter(timestamp=None).first()
        newer = checkpoint and LogCheckpoint.objects.filter(size__gt=checkpoint.size).exists()
    if checkpoint is None or newer:
        return 0
    try:
        answer = ask(checkpoint.text.encode())
    except (GatewayError, OSError, ValueError, VerificationError) as problem:
        log.warning("checkpoint not dated", extra={"size": checkpoint.size, "error": type(problem).__name__})
        return 0
    with scope.worker():
        _, is_new = CheckpointTimestamp.objects.get_or_create(
            checkpoint=checkpoint,
            defaults={"token": answer.time_stamp_token(), "dated_at": answer.tst_info.gen_time},
        )
    return int(is_new)


def ask(content: bytes) -> TimeStampResponse:
    """Return the authority's answer about `content`, checked against its certificate. Raises what it refuses as."""
    request = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = decode_timestamp_response(_reply(request))
    root = load_pem_x509_certificate(settings.LOG_AUTHORITY_CERTIFICATE.encode())
    VerifierBuilder.from_request(request).add_root_certificate(root).build().verify_message(answer, content)
    return answer


def _reply(request: TimeStampRequest) -> bytes:
    if settings.LOG_LOCAL_AUTHORITY:
        return local_authority.reply(Path(settings.LOG_LOCAL_AUTHORITY), request.as_bytes())
    return asyncio.run(_post(request.as_bytes()))


async def _post(body: bytes) -> bytes:
    from pagetojob.platform.outbound.transport import Patience, Transport  # noqa: PLC0415 - imports aiohttp

    patience = Patience(connect=5.0, total=20.0, body=65_536, at_once=1)
    async with Transport(listed=frozenset(), patience=patience) as transport:
        answer = await transport.send("POST", settings.LOG_AUTHORITY_URL, headers=_HEADERS, form=body)
    if answer.status != 200:
        raise RefusedError("timestamp-refused", f"The timestamp authority answered {answer.status}.")
    return answer.body
