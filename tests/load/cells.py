"""A workspace that goes to and fro between two PostgreSQLs while it is used by programs that know one address."""

import sys
import threading
import time
from typing import Any

import httpx

from tests.load import checks
from tests.load import journal as journals
from tests.load.load import Load
from tests.load.servers import Database, Redis
from tests.load.sites import ORGANIZATION, Scaled
from tests.load.trouble import Tell, quiet
from tests.services import Guarded, free_port

COMMAND_SECONDS = 300.0


class East:
    """A cell beside the installation `home`, which is started anew so that each knows the other."""

    def __init__(self, home: Scaled) -> None:
        self.guarded = Guarded()
        self.database = Database(self.guarded, durable=True)
        self.redis = Redis(self.guarded)
        self.database.start()
        self.redis.start()
        names = ("SECRET_KEY", "ENCRYPTION_KEYS", "AUDIT_KEY")
        secrets = {name: home.variables[name] for name in names}
        urls = {"database_url": self.database.url, "redis_url": self.redis.url}
        self.site = Scaled(self.guarded, **urls, **secrets, UNDO_SECONDS="1", BEHIND_PROXY="1")
        self.site.keys = home.keys
        for site, number in ((home, "0"), (self.site, "1")):
            site._servers = [(free_port(), "uvicorn")]
            site.variables["CELL_NUMBER"] = number
        self._tell(home, "east", self.site)
        self._tell(self.site, "home", home)
        self.site._prepare(["deploy/migrate"])

    def _tell(self, site: Scaled, name: str, other: Scaled) -> None:
        site.variables |= {
            "CELLS": name,
            f"CELL_{name.upper()}_DATABASE_URL": other.variables["DATABASE_URL"],
            f"CELL_{name.upper()}_URL": f"http://127.0.0.1:{other._servers[0][0]}",
        }

    def end(self) -> None:
        self.site.end()
        self.redis.stop()
        self.database.stop()
        self.guarded.end()


class Prober:
    """Submits again and again at one address, and notes for how long that was answered 503."""

    def __init__(self, site: Scaled) -> None:
        self._url, self._key = site.urls[0], site.api_key
        self.statuses: dict[int, int] = {}
        self.gaps: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        last = time.monotonic()
        with httpx.Client(base_url=self._url, headers={"x-api-key": self._key}, timeout=30) as client:
            while not self._over.wait(0.01):
                body = {"intent_type": "probe.v1", "to_agent": f"agent://{ORGANIZATION}/prober", "payload": {}}
                answer = client.post("/v1/intents", json=body)
                self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
                if answer.status_code == 200:
                    self.gaps.append(time.monotonic() - last)
                    last = time.monotonic()
                else:
                    assert answer.status_code != 503 or answer.headers["retry-after"]

    def end(self) -> float:
        """The longest time without an accepted submit."""
        self._over.set()
        self._thread.join(30)
        return max(self.gaps)


def to_and_fro(home: Scaled, *, count: int, moves: int, tell: Tell = quiet) -> dict[str, Any]:
    """Move the workspace `moves` times while at least `count` intents run. Nothing is lost or doubled, and a submit is
    refused for the seconds that a move says."""
    home.end()
    east = East(home)
    try:
        home.webs, home.workers, home.beats = [], [], []
        home.start()
        east.site.start()
        return _moved(home, east.site, count, moves, tell)
    except BaseException:
        print(east.site.logs())
        raise
    finally:
        east.end()


def _moved(home: Scaled, east: Scaled, count: int, moves: int, tell: Tell) -> dict[str, Any]:
    load = Load(home, count, payload={"seconds": 0.02})
    checks.eventually(lambda: load.done >= count // 4, "a quarter is done", 60 + count * 0.2)
    said, closed = [], []
    at, other, name = home, east, "east"
    for _ in range(moves):
        prober = Prober(home)
        time.sleep(0.5)
        done = at.run("move", [sys.executable, "manage.py", "move_workspace", ORGANIZATION, "--to", name])
        checks.eventually(lambda: not done.running, "it has moved", COMMAND_SECONDS)  # noqa: B023 - called at once
        assert done.wait() == 0, done.output
        time.sleep(1.0)
        closed.append(round(prober.end(), 2))
        assert set(prober.statuses) <= {200, 503}, prober.statuses
        said.append(done.output.strip().splitlines()[-1])
        tell(f"{said[-1]} No submit for {closed[-1]} s.")
        at, other = other, at
        name = "home" if at is east else "east"
        before = load.done
        checks.eventually(lambda: load.done > before + 5, "work goes on", 60)  # noqa: B023 - called at once
    urls, at.urls = at.urls, home.urls
    load.site = at
    deliveries = load.finish(120 + count * 0.2)
    at.urls = urls
    for site in (home, east):
        done = site.run("verify_audit", [sys.executable, "manage.py", "verify_audit"])
        assert done.wait() == 0, done.output
        checks.nothing_is_broken(site)
    troubles = [line for line in journals.read(load.journal, "trouble") if line["doing"] == "call"]
    return {
        "intents": load.accepted,
        "moves": moves,
        "deliveries": deliveries,
        "no_submit_seconds": closed,
        "calls_told_to_come_again": len(troubles),
        "said": said,
    }
