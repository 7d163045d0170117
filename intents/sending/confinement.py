"""A process that does one piece of work for the server and can reach nothing of it: a JSON object in and one out.

People give the URLs that such a process talks to. It has no settings and no secrets but those of the proxy, starts nothing,
reads no files but those of Python and its libraries, and its memory is bounded. It talks HTTP as the server itself does
(`exchanges`), by the same code; what its libraries connect to without HTTP is checked by the same rules, and goes past no
proxy. Whoever starts it (`isolated.call`) ends it when it takes too long; if nobody does, it ends itself. What runs in it
imports nothing of the application but this module and what that imports.
"""

import ipaddress
import json
import os
import resource
import signal
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

from intents.sending import adapter, connections, reachable
from intents.sending.connections import Rules

MEMORY_BYTES = 1024 * 1024 * 1024
FILES = ("open", "os.listdir", "os.scandir")
READABLE = (
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/ssl",
    "/dev/null",
)
"""What the network and the clock need, beside Python's own files."""
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
CONNECTS = ("socket.connect", "socket.sendto", "socket.sendmsg")
STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty")
LOGS = ("syslog.openlog", "syslog.syslog")
"""Past all sockets of Python's."""


class Refused(OSError):
    """This process may not go there."""


class _Confined:
    """Where this process may connect to."""

    rules = Rules()
    plain = False


def confine(rules: Rules) -> adapter.Adapter:
    """From now on: connections by `rules` alone, no other process, and of files those of Python and its libraries alone.
    Returns what `requests` goes out by."""
    libraries = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    certificates = {os.environ[name] for name in CERTIFICATES if name in os.environ}
    readable = tuple(Path(os.path.realpath(path)) for path in {*libraries, *certificates, *READABLE})

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if event in CONNECTS:
            if not (connections.is_at_proxy() or _is_allowed(args[1])):
                raise Refused("this address is not on the open internet")
        elif event in FILES:
            if not _is_readable(event, args, readable):
                raise Refused("no file of this server is read here")
        elif event in STARTS:
            raise Refused("nothing is started here")
        elif event in LOGS:
            raise Refused("nothing is written to this server's log")

    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    _Confined.rules = rules
    sys.addaudithook(watch)
    return adapter.install(rules)


def speak_plain() -> None:
    """From now on what is sent may not be encrypted: it goes to the networks of the server's owner alone."""
    _Confined.plain = True


def _is_allowed(address: Any) -> bool:
    if not isinstance(address, tuple):
        return False  # a socket in the file system
    try:
        ip = reachable.parsed(str(address[0]))
        _Confined.rules.ensure_reachable(ip, plain=_Confined.plain)
    except (ValueError, connections.Unanswered):
        return False
    return _Confined.rules.is_direct(ip)


def _is_readable(event: str, args: tuple[Any, ...], readable: tuple[Path, ...]) -> bool:
    """Whether what an audit event of FILES opens may be: a folder to look through, or a file to read."""
    path, mode = args[0], args[1] if event == "open" else "r"
    if isinstance(path, int):
        return True  # what was opened before
    if isinstance(mode, str) and set(mode) & set("wax+"):
        return False
    real = Path(os.path.realpath(os.fsdecode(path or ".")))
    return any(real == known or known in real.parents for known in readable)


def serve(work: Callable[[dict[str, Any], adapter.Adapter], dict[str, Any]]) -> None:
    """The whole life of such a process: answer the request on standard input by `work`, confined. The request says by which
    `networks` and `proxy`; after its `seconds` the process ends itself."""
    request = json.load(sys.stdin)
    signal.alarm(request["seconds"])
    networks = tuple(ipaddress.ip_network(network) for network in request["networks"])
    json.dump(work(request, confine(Rules(networks, request["proxy"]))), sys.stdout)
