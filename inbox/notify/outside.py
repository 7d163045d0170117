"""A process that sends one message by Apprise and ends: `python -m inbox.notify.outside`, a JSON object in and one out.

People give the URLs that it talks to, so it may reach nothing of this server: it has no settings and no secrets, connects
to addresses of the open internet only, follows no redirect, starts nothing, and its memory is bounded. Whoever starts it
ends it when it takes too long; if nobody does, it ends itself. It imports nothing of the application.
"""

import ipaddress
import json
import logging
import resource
import signal
import sys
from typing import Any

import apprise
import requests

MEMORY_BYTES = 1024 * 1024 * 1024
STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty")


class Refused(OSError):
    """This process may not go there."""


def confine(networks: list[str]) -> None:
    """From now on: connections to global addresses and to `networks` alone, and no other process."""
    allowed = [ipaddress.ip_network(network) for network in networks]

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            if not _is_allowed(args[1], allowed):
                raise Refused("this address is not on the open internet")
        elif event in STARTS:
            raise Refused("nothing is started here")

    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    requests.Session.get_redirect_target = lambda self, resp: None  # type: ignore[method-assign]
    sys.addaudithook(watch)


def _is_allowed(address: Any, allowed: list[Any]) -> bool:
    if not isinstance(address, tuple):
        return False  # a socket in the file system
    try:
        ip = ipaddress.ip_address(str(address[0]).partition("%")[0])
    except ValueError:
        return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return (ip.is_global and not ip.is_multicast) or any(ip in network for network in allowed)


def service(url: str, *, plain: bool) -> Any:
    """What Apprise makes of a URL. Raises ValueError when it is none, or not encrypted, unless `plain` ones are allowed."""
    found = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if not isinstance(found, apprise.NotifyBase):
        raise ValueError("Apprise knows no such address")
    schema, encrypted = url.partition("://")[0].strip().lower(), found.secure_protocol or ()
    if not plain and schema != "https" and schema not in ((encrypted,) if isinstance(encrypted, str) else encrypted):
        raise ValueError("this address is not encrypted: use its form with TLS, as jsons:// for json://")
    return found


class _Said(logging.Handler):
    """Keeps what Apprise said last, which is where it tells what the provider answered."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.last = record.getMessage()


def run(told: dict[str, Any]) -> dict[str, Any]:
    try:
        found = service(told["url"], plain=bool(told["networks"]))
    except ValueError as error:
        return {"ok": False, "answer": str(error), "lasting": True}
    if "body" not in told:
        return {"ok": True, "answer": str(found.service_name)}
    said = _Said(logging.INFO)
    log = logging.getLogger("apprise")
    log.addHandler(said)
    log.setLevel(logging.INFO)
    done = found.notify(body=told["body"], title=told["title"], body_format=apprise.NotifyFormat.TEXT)
    answer = said.last or ("taken" if done else "refused without a word")
    return {"ok": bool(done), "answer": answer}


if __name__ == "__main__":
    given = json.load(sys.stdin)
    signal.alarm(given["seconds"])
    confine(given["networks"])
    json.dump(run(given), sys.stdout)
