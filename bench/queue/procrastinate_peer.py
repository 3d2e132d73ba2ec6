"""procrastinate with 50 jobs at once in one process: async jobs, a pool of sessions, one kept HTTP session."""

import asyncio
import os
import sys

import aiohttp
import procrastinate

app = procrastinate.App(
    connector=procrastinate.PsycopgConnector(conninfo=os.environ["BENCH_DATABASE_URL"], min_size=4, max_size=12)
)
SINK = f"http://127.0.0.1:{os.environ['BENCH_SINK_PORT']}/crm/v2/tenant/1/booking-provider/1/bookings"
_session: list[aiohttp.ClientSession] = []


@app.task(name="deliver")  # type: ignore[untyped-decorator]  # the package is installed for this run alone
async def deliver(pk: int) -> None:
    pool = app.connector.pool
    async with pool.connection() as line:
        row = await (await line.execute("SELECT body FROM bench_item WHERE id = %s", [pk])).fetchone()
    body = row["body"] if isinstance(row, dict) else row[0]
    async with _session[0].post(SINK, json=body) as answer:
        found = (await answer.json())["id"]
    async with pool.connection() as line:
        await line.execute(
            "WITH item AS (UPDATE bench_item SET state = 'delivered', external_id = %s WHERE id = %s RETURNING id)"
            " INSERT INTO bench_attempt (item_id, outcome) SELECT id, 'delivered' FROM item",
            [str(found), pk],
        )


async def main(act: str) -> None:
    async with app.open_async():
        if act == "schema":
            await app.schema_manager.apply_schema_async()
            return
        _session.append(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100)))
        print("ready", flush=True)
        await app.run_worker_async(concurrency=50, fetch_job_polling_interval=0.05, delete_jobs="never")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
