"""The loop an engineer would write by hand: claims of a batch by SKIP LOCKED, 50 requests at once, settled in bulk.

No lanes, gates, marks, tokens, audit or books; a lease alone. What it does is the floor of the work.
"""

import asyncio
import os
from typing import Any

import aiohttp
import psycopg

SLOTS = 50
SINK = f"http://127.0.0.1:{os.environ['BENCH_SINK_PORT']}/crm/v2/tenant/1/booking-provider/1/bookings"
_CLAIM = """
    UPDATE bench_item SET state = 'sending', lease_until = now() + interval '60 s'
    WHERE id IN (
        SELECT id FROM bench_item WHERE state = 'queued' AND due_at <= now()
        ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED
    ) RETURNING id, body
"""
_SETTLE = """
    WITH done AS (SELECT * FROM unnest(%s::bigint[], %s::text[]) AS d (id, external_id)),
    item AS (
        UPDATE bench_item AS item SET state = 'delivered', external_id = done.external_id, lease_until = NULL
        FROM done WHERE item.id = done.id RETURNING item.id
    )
    INSERT INTO bench_attempt (item_id, outcome) SELECT id, 'delivered' FROM item
"""


async def main() -> None:
    line = await psycopg.AsyncConnection.connect(os.environ["BENCH_DATABASE_URL"], autocommit=True)
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=2 * SLOTS))
    done: asyncio.Queue[tuple[int, str]] = asyncio.Queue()
    under_way: set[asyncio.Task[None]] = set()
    print("ready", flush=True)

    async def send(pk: int, body: Any) -> None:
        async with session.post(SINK, json=body) as answer:
            done.put_nowait((pk, str((await answer.json())["id"])))

    while True:
        claimed = 0
        if free := SLOTS - len(under_way):
            for pk, body in await (await line.execute(_CLAIM, [free])).fetchall():
                claimed += 1
                task = asyncio.create_task(send(pk, body))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
        if not claimed and not under_way and done.empty():
            await asyncio.sleep(0.02)
            continue
        ended = [await done.get()] if under_way or not done.empty() else []
        while not done.empty():
            ended.append(done.get_nowait())
        if ended:
            await line.execute(_SETTLE, [[pk for pk, _ in ended], [found for _, found in ended]])


asyncio.run(main())
