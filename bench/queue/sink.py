"""Where all of them deliver to: a server of its own process that takes a booking, waits DELAY ms and answers.

It also gives tokens, counts what came and says when the first and the last came. Knows nothing of us.
"""

import asyncio
import json
import sys
import time
from typing import Any


class Book:
    """What came since the last reset."""

    def __init__(self) -> None:
        self.reset(0)

    def reset(self, delay: float) -> None:
        self.delay = delay
        self.first = 0.0
        self.references: list[str] = []
        self.tokens = 0

    def facts(self) -> dict[str, Any]:
        return {
            "first": self.first,
            "count": len(self.references),
            "different": len(set(self.references)),
            "tokens": self.tokens,
        }


BOOK = Book()


class Line(asyncio.Protocol):
    """One kept connection; one request at a time, as HTTP/1.1 clients send them."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length":
                length = int(value)
        if len(rest) < length:
            return
        self.buffer = rest[length:]
        path = head.split(b" ", 2)[1]
        answer, delay = self.answer(path, rest[:length])
        if delay:
            asyncio.get_running_loop().call_later(delay, self.write, answer)
        else:
            self.write(answer)

    def answer(self, path: bytes, body: bytes) -> tuple[Any, float]:
        if path == b"/facts":
            return BOOK.facts(), 0
        if path.startswith(b"/reset/"):
            BOOK.reset(int(path.rpartition(b"/")[2]) / 1000)
            return {}, 0
        if path == b"/connect/token":
            BOOK.tokens += 1
            return {"access_token": f"token{BOOK.tokens}", "expires_in": 900, "token_type": "Bearer"}, 0
        BOOK.first = BOOK.first or time.time()
        booking = json.loads(body)
        BOOK.references.append(booking["externalId"])
        return {"id": len(BOOK.references), "externalId": booking["externalId"], "status": "New"}, BOOK.delay

    def write(self, answer: Any) -> None:
        body = json.dumps(answer).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)


async def serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    await (await loop.create_server(Line, "127.0.0.1", port, backlog=1000)).serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
