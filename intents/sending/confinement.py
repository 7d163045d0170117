"""A process that does one piece of work for the server and can reach nothing of it: a JSON object in and one out.

People give the URLs that such a process talks to. It has no settings and no secrets, connects to addresses of the open
internet only, follows no redirect, starts nothing, reads no files but those of Python and its libraries, and its memory is
bounded. Whoever starts it (`isolated.call`) ends it when it takes too long; if nobody does, it ends itself. What runs in it
imports nothing of the application but this module and `reachable`.
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

import requests

from intents.sending import reachable

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
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty")


class Refused(OSError):
    """This process may not go there."""


def confine(networks: list[str]) -> None:
    """From now on: connections to global addresses and to `networks` alone, no other process, and of files those of Python
    and its libraries alone."""
    allowed = [ipaddress.ip_network(network) for network in networks]
    libraries = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    certificates = {os.environ[name] for name in CERTIFICATES if name in os.environ}
    readable = tuple(Path(os.path.realpath(path)) for path in {*libraries, *certificates, *READABLE})

    def watch(event: str, args: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            if not _is_allowed(args[1], allowed):
                raise Refused("this address is not on the open internet")
        elif event in FILES:
            if not _is_readable(event, args, readable):
                raise Refused("no file of this server is read here")
        elif event in STARTS:
            raise Refused("nothing is started here")

    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    requests.Session.get_redirect_target = lambda self, resp: None  # type: ignore[method-assign]
    sys.addaudithook(watch)


def _is_allowed(address: Any, allowed: list[reachable.Network]) -> bool:
    if not isinstance(address, tuple):
        return False  # a socket in the file system
    try:
        return reachable.is_reachable(reachable.parsed(str(address[0])), allowed)
    except ValueError:
        return False


def _is_readable(event: str, args: tuple[Any, ...], readable: tuple[Path, ...]) -> bool:
    """Whether what an audit event of FILES opens may be: a folder to look through, or a file to read."""
    path, mode = args[0], args[1] if event == "open" else "r"
    if isinstance(path, int):
        return True  # what was opened before
    if isinstance(mode, str) and set(mode) & set("wax+"):
        return False
    real = Path(os.path.realpath(os.fsdecode(path or ".")))
    return any(real == known or known in real.parents for known in readable)


def serve(work: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """The whole life of such a process: answer the request on standard input by `work`, confined. The request's `networks`
    may be reached beside the open internet; after its `seconds` the process ends itself."""
    request = json.load(sys.stdin)
    signal.alarm(request["seconds"])
    confine(request["networks"])
    json.dump(work(request), sys.stdout)
