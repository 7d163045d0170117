"""The export of intents from a real web process to a client that reads slowly, while the intents change."""

import csv
import http.client
import io
import json
import os
import socket
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connection

from intents.engine.lifecycle import Status
from intents.engine.services.resolve import resolve
from intents.engine.services.submission import Submission, Submitted
from intents.engine.services.submit import submit_many
from tests import templates
from tests.callers import KeyCaller, PersonCaller
from tests.edge.conftest import eventually
from tests.edge.wire import PATIENCE, Wire, ask
from tests.inbox.conftest import ask as ask_people
from tests.services import free_port
from tests.turns import SERVERS

ROWS = 7000
BATCH = 500
WIDE = 120
"""Of names that make the file larger than what lies in the buffers between server and client, some 4 MB."""
FORMULA = "=HYPERLINK(1)"


@pytest.fixture(params=SERVERS)
def port(request: pytest.FixtureRequest, tmp_path: Path, database: None) -> Iterator[int]:
    """A web process on the test's own database."""
    number = free_port()
    variables = {
        "DATABASE_URL": templates.url(str(connection.settings_dict["NAME"])),
        "REDIS_URL": "",
        "SECRET_KEY": settings.SECRET_KEY,
        "ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS),
        "AUDIT_KEY": urlsafe_b64encode(settings.AUDIT_KEY).decode(),
        "RATE_LIMIT_PER_MINUTE": "0",
        "LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "axme_site.serve", "--server", request.param, "--port", str(number)]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, env=os.environ | variables, stderr=log)

    def serves() -> bool:
        assert process.poll() is None, (tmp_path / "log").read_text()
        try:
            return ask(number, "GET /health").status == 200
        except ConnectionRefusedError:
            return False

    try:
        eventually(serves, PATIENCE)
        yield number
    finally:
        process.kill()
        process.wait()


def fill(shop: KeyCaller) -> list[UUID]:
    """Open intents with long names, the oldest first."""
    kind, agent = f"order.{'f' * 2 * WIDE}.v1", "x" * WIDE
    made: list[UUID] = []
    for _ in range(ROWS // BATCH):
        asked = [
            Submission(intent_type=kind, to_agent=agent, payload="{}", correlation_id=uuid4(), reply_to=agent)
            for _ in range(BATCH)
        ]
        for one in submit_many(actor=shop.actor, submissions=asked):
            assert isinstance(one, Submitted), one
            made.append(one.intent_id)
    return made


def download(port: int, who: PersonCaller, form: str, change: Callable[[], None]) -> bytes:
    """The file as a client gets it that stops reading after the first bytes, and goes on after `change`."""
    with socket.socket() as narrow:
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.settimeout(PATIENCE)
        narrow.connect(("127.0.0.1", port))
        wire = Wire.__new__(Wire)
        wire.socket = narrow
        path = f"/v1/operations/intents/export?format={form}&q={quote('is:open')}"
        wire.request(f"GET {path}", f"Authorization: Bearer {who.secret}".encode())
        response = http.client.HTTPResponse(narrow)
        response.begin()
        assert (response.status, response.headers["Content-Length"]) == (200, None)
        first = response.read(100)
        change()
        return first + response.read()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_file_of_thousands_is_made_as_it_is_read_and_whole_though_they_change(
    port: int, shop: KeyCaller, olga: PersonCaller
) -> None:
    asked = ask_people(shop, assignees=[FORMULA]).intent_id
    made = fill(shop)
    gone, oldest = made[100:200], made[0]

    def cancel(ids: list[UUID]) -> None:
        for one in ids:
            resolve(actor=shop.actor, intent_id=one, status=Status.CANCELED, details={"reason": "no longer needed"})

    def change() -> None:
        # Of these none had been written when the client stopped: the server waits for it, it does not hoard.
        cancel(gone)
        fill_one = Submission(intent_type="order.new.v1", to_agent="late", payload="{}", correlation_id=uuid4())
        submit_many(actor=shop.actor, submissions=[fill_one])

    lines = [json.loads(line) for line in download(port, olga, "ndjson", change).splitlines()]
    ids = [one["id"] for one in lines]
    there = [str(one) for one in made if one not in gone]
    assert ids == [*there[::-1], asked]
    assert len(lines) * len(json.dumps(lines[0])) > 5_000_000
    text = download(port, olga, "csv", lambda: cancel([oldest])).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["id"] for row in rows[1:] if row["id"] != str(oldest)] == [one for one in ids if one != str(oldest)]
    assert rows[-1]["waits_for"] == f"'{FORMULA}"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
