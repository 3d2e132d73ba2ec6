"""Our engine as a worker runs it, without Celery's nudge: one drain after another until the process is ended."""

import sys
import time

import django

django.setup()

from syncqueue.connectors import deliver  # noqa: E402
from syncqueue.services import delivery  # noqa: E402

print("ready", flush=True)
while True:
    if not delivery.drain(deliver, worker=sys.argv[1]):
        time.sleep(0.02)
