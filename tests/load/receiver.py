"""A receiver process that answers as badly as the network does: `python -m tests.load.receiver '{"journal", "ports",
"certificates", "late_seconds", "wrong", "recovered"}'`.

The path names a behaviour and an agent: `/hangs/agent-7`. What is posted to a behaviour meets it the first time, and is
taken when it comes again, by the same `webhook-id`; what meets one that answers 2xx is taken at once. Those that give no
answer at all give none to anything until there is a file `recovered`, if that is named. It writes down what `came`, and what
it `took`. `ports` is the file where it says where it listens: without TLS, and with TLS, where the first `wrong` connections
get a certificate that nobody trusts; `certificates` are the files of the wrong one and the right one.
"""

import asyncio
import gzip
import json
import socket
import ssl
import struct
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.load.journal import Journal

COMPLETES = b'{"action": "complete"}'
JSON = "content-type: application/json"


@dataclass
class Way:
    """One connection, and how late it is where one is late."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    late_seconds: float

    async def say(self, text: bytes) -> None:
        self.writer.write(text)
        await self.writer.drain()


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers]).encode() + b"\r\n\r\n" + body


def says(text: bytes) -> Callable[[Way], Awaitable[None]]:
    return lambda way: way.say(text)


async def hangs(way: Way) -> None:
    await way.reader.read()


async def drips(way: Way) -> None:
    """Slow-loris: its head never ends."""
    await way.say(b"HTTP/1.1 200 OK\r\n")
    while not way.reader.at_eof():
        await way.say(b"x")
        await asyncio.sleep(0.2)


async def resets(way: Way) -> None:
    taken: socket.socket = way.writer.get_extra_info("socket")
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    way.writer.transport.abort()


async def never_ends(way: Way) -> None:
    await way.say(f"HTTP/1.1 200 OK\r\n{JSON}\r\ntransfer-encoding: chunked\r\n\r\n".encode())
    while True:
        await way.say(b"1000\r\n" + b" " * 4096 + b"\r\n")


async def is_late(way: Way) -> None:
    await asyncio.sleep(way.late_seconds)
    await way.say(answer("200 OK", b"at last"))


Behaviour = Callable[[Way], Awaitable[None]]
SILENT: dict[str, Behaviour] = {"hangs": hangs, "drips": drips, "resets": resets}
FAILS: dict[str, Behaviour] = SILENT | {
    "error": says(answer("500 Internal Server Error", b"oops")),
    "busy": says(answer("429 Too Many Requests", b"", "retry-after: 8")),
    "elsewhere": says(answer("302 Found", b"", "location: http://169.254.169.254/latest/meta-data/")),
}
TAKES: dict[str, Behaviour] = {
    "page": says(b"HTTP/1.1 204 No Content\r\ncontent-type: text/html\r\n\r\n<html>not expected</html>"),
    "no-json": says(answer("200 OK", b'{"action": "compl', JSON)),
    "zipped": says(answer("200 OK", gzip.compress(COMPLETES), JSON, "content-encoding: gzip")),
    "continues": says(b"HTTP/1.1 100 Continue\r\n\r\n" + answer("200 OK", COMPLETES, JSON)),
    "huge": says(answer("200 OK", b"x" * 3_000_000)),
    "endless": never_ends,
    "late": is_late,
}
KEPT = ("error", "busy", "elsewhere", "no-json", "zipped", "continues", "huge", "late")
"""After these the connection is used again."""
UNTRUSTED = "untrusted"
"""Told by its port: nothing of it comes before its certificate is trusted."""


class Receiver:
    def __init__(self, spec: dict[str, Any]) -> None:
        self._journal = Journal(Path(spec["journal"]))
        self._late: float = spec["late_seconds"]
        self._wrong: int = spec["wrong"]
        self._recovered = Path(spec["recovered"]) if spec["recovered"] else None
        self._contexts = [_context(path) for path in spec["certificates"]]
        self._tries: Counter[str] = Counter()

    async def plain(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(Way(reader, writer, self._late)):
                pass
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def encrypted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._wrong -= 1
        try:
            await writer.start_tls(self._contexts[0 if self._wrong >= 0 else 1])
        except OSError:
            writer.close()
            return
        await self.plain(reader, writer)

    async def _one(self, way: Way) -> bool:
        """One request. Whether there may be another on its connection."""
        head = await way.reader.readuntil(b"\r\n\r\n")
        at = time.time()
        first, *lines = head.decode().strip().split("\r\n")
        said = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = json.loads(await way.reader.readexactly(int(said["content-length"])))
        path, message_id = first.split(" ")[1], said["webhook-id"]
        kind = path.split("/")[1]
        self._tries[message_id] += 1
        mark = {
            "id": message_id,
            "intent_id": _intent_of(body),
            "path": path,
            "number": self._tries[message_id],
        }
        self._journal.note("came", **mark, wall=at)
        behave = (FAILS | TAKES).get(kind) if self._is_bad(kind, message_id) else None
        if kind in TAKES or behave is None:
            self._journal.note("took", **mark)
        if behave is None:
            await way.say(answer("200 OK", COMPLETES, JSON))
            return True
        await behave(way)
        return kind in KEPT

    def _is_bad(self, kind: str, message_id: str) -> bool:
        if kind in SILENT and self._recovered:
            return not self._recovered.exists()
        return self._tries[message_id] == 1


def _intent_of(body: dict[str, Any]) -> str | None:
    """Of a delivery, or of an event, which may be of none."""
    for within in (body, body.get("intent"), body.get("data")):
        if isinstance(within, dict) and "intent_id" in within:
            return str(within["intent_id"])
    return None


def _context(path: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


async def main() -> None:
    spec = json.loads(sys.argv[1])
    receiver = Receiver(spec)
    servers = [await asyncio.start_server(how, "127.0.0.1", 0, limit=2**20) for how in (receiver.plain, receiver.encrypted)]
    ports = Path(spec["ports"])
    beside = ports.with_suffix(".new")
    beside.write_text(json.dumps([server.sockets[0].getsockname()[1] for server in servers]))
    beside.rename(ports)
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main())
