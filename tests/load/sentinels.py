"""Two Redis or Valkey, one led by the other, and Sentinels that let the other lead when the first is gone."""

import shutil
import subprocess
import time

import redis

from tests.load import checks
from tests.load.load import Load
from tests.load.servers import Redis
from tests.load.sites import Scaled
from tests.load.trouble import Tell, quiet
from tests.services import Guarded, free_port, redis_binary

MASTER = "mymaster"
VALKEY_DOWN_MS = 2000
"""With 500 Valkey's Sentinels (9.1) take a server that has just begun to lead for gone, and again let the other lead."""


def valkey_binary() -> str:
    """PATH's. Raises RuntimeError where there is none."""
    found = shutil.which("valkey-server")
    if found is None:
        raise RuntimeError("no valkey-server in PATH, and this needs one")
    return found


class Watched:
    """`count` Sentinels, of which more than half decide. The first of `servers` leads at first. `program` is what runs, a
    Redis by default; `down_ms` is after how long without an answer a server counts as gone."""

    def __init__(self, guarded: Guarded, count: int = 1, *, program: str = "", down_ms: int = 500) -> None:
        self._guarded = guarded
        self._program, self._down_ms = program or redis_binary(), down_ms
        self._ports = [free_port() for _ in range(count)]
        self.servers = [Redis(guarded, self._program), Redis(guarded, self._program)]
        hosts = ",".join(f"127.0.0.1:{port}" for port in self._ports)
        self.url = f"sentinel://{hosts}/{MASTER}/0"
        self._sentinels: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        leading, other = self.servers
        leading.start()
        other.start()
        self._follow(other, leading.port)
        for port in self._ports:
            self._start_sentinel(port, leading.port)
        checks.eventually(lambda: self._all_see(leading.port), "the Sentinels know both servers")

    def lead_by_another(self) -> None:
        """Kill the server that leads, and return once the other does; the killed one comes back and follows it."""
        port = self.leading
        killed = next(server for server in self.servers if server.port == port)
        killed.stop()
        checks.eventually(lambda: self.leading != port, "another server leads", 60)
        killed.start()
        self._follow(killed, self.leading)
        checks.eventually(lambda: self._all_see(self.leading), "the Sentinels know the new one", 60)

    @property
    def leading(self) -> int:
        """The port of the server that leads, as the first Sentinel has it."""
        with redis.Redis(port=self._ports[0], socket_timeout=5) as sentinel:
            return int(sentinel.sentinel_get_master_addr_by_name(MASTER)[1])

    def _all_see(self, leading: int) -> bool:
        for port in self._ports:
            with redis.Redis(port=port, socket_timeout=5) as sentinel:
                state = sentinel.sentinel_master(MASTER)
                led = [one for one in sentinel.sentinel_slaves(MASTER) if not one["is_sdown"] and not one["is_disconnected"]]
                if state["port"] != leading or not led or int(state["num-other-sentinels"]) < len(self._ports) - 1:
                    return False
        return True

    def _follow(self, server: Redis, port: int) -> None:
        with redis.Redis(port=port, socket_timeout=5) as leading:
            # Of its own a Valkey first waits 5 s for other followers.
            leading.config_set("repl-diskless-sync-delay", 0)
        with redis.Redis(port=server.port, socket_timeout=5) as client:
            client.replicaof("127.0.0.1", port)
            checks.eventually(lambda: client.info("replication").get("master_link_status") == "up", "a replica follows")

    def _start_sentinel(self, port: int, leading: int) -> None:
        file = self._guarded.folder / f"sentinel-{port}.conf"
        file.write_text(
            f"port {port}\nbind 127.0.0.1\ndir {self._guarded.folder}\n"
            f"sentinel monitor {MASTER} 127.0.0.1 {leading} {len(self._ports) // 2 + 1}\n"
            f"sentinel down-after-milliseconds {MASTER} {self._down_ms}\nsentinel failover-timeout {MASTER} 3000\n"
        )
        process = subprocess.Popen([self._program, str(file), "--sentinel"], stdout=subprocess.DEVNULL)
        self._guarded.watch(process.pid)
        self._sentinels.append(process)
        checks.eventually(lambda: self._answers(port), "a Sentinel answers")

    def _answers(self, port: int) -> bool:
        try:
            with redis.Redis(port=port, socket_timeout=5) as sentinel:
                return bool(sentinel.ping())
        except redis.RedisError:
            return False

    def stop(self) -> None:
        for process in self._sentinels:
            process.kill()
            process.wait(10)
        for server in self.servers:
            server.stop()


def changes(site: Scaled, watched: Watched, *, count: int, kills: int, tell: Tell = quiet) -> dict[str, int]:
    """Kill the Redis that leads under load, again and again."""
    load = Load(site, count, payload={"seconds": 0.02})
    for number in range(kills):
        time.sleep(2)
        accepted, done = load.accepted, load.done
        watched.lead_by_another()
        ahead = lambda a=accepted, d=done: load.accepted > a and load.done > d  # noqa: E731 - of this turn
        checks.eventually(ahead, "work goes on by the other")
        tell(f"kill {number + 1} of {kills}; {load.accepted} accepted, {load.done} done")
    deliveries = load.finish(60 + count * 0.2)
    site.wait_until_ready()
    return {"intents": load.accepted, "kills": kills, "deliveries": deliveries}
