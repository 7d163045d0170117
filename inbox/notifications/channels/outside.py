"""A process that sends one message by Apprise and ends: `python -m inbox.notifications.channels.outside`, a JSON object in
and one out.

People give the URLs that it talks to, so it may reach nothing of this server: it has no settings and no secrets, connects
to addresses of the open internet only, follows no redirect, starts nothing, reads no files but those of Python and its
libraries, and its memory is bounded. Whoever starts it ends it when it takes too long; if nobody does, it ends itself. It
imports nothing of the application.
"""

import ipaddress
import json
import logging
import os
import re
import resource
import signal
import sys
import sysconfig
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import apprise
import requests

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
NAMES_A_FILE = re.compile(r"\s*(?:file:|~|/|\.{1,2}/|\\|[a-z]:[\\/])", re.IGNORECASE)
"""How the value of a parameter begins that Apprise would read from a disk."""
FILE_PARAMETERS = re.compile(r"template|attach|.*file|pgp.*", re.IGNORECASE)
CLOSING_CHARACTERS = 8
"""What a service puts between title and text, at most."""
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


def _is_allowed(address: Any, allowed: list[Any]) -> bool:
    if not isinstance(address, tuple):
        return False  # a socket in the file system
    try:
        ip = ipaddress.ip_address(str(address[0]).partition("%")[0])
    except ValueError:
        return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return (ip.is_global and not ip.is_multicast) or any(ip in network for network in allowed)


def _is_readable(event: str, args: tuple[Any, ...], readable: tuple[Path, ...]) -> bool:
    """Whether what an audit event of FILES opens may be: a folder to look through, or a file to read."""
    path, mode = args[0], args[1] if event == "open" else "r"
    if isinstance(path, int):
        return True  # what was opened before
    if isinstance(mode, str) and set(mode) & set("wax+"):
        return False
    real = Path(os.path.realpath(os.fsdecode(path or ".")))
    return any(real == known or known in real.parents for known in readable)


def names_a_file(url: str) -> bool:
    """Whether Apprise would read a file of this machine for `url`, as with `template=/etc/passwd`."""
    given = parse_qsl(url.partition("?")[2], keep_blank_values=True)
    return any(
        "file:" in value.lower() or (FILE_PARAMETERS.fullmatch(name.strip("+-: ")) and NAMES_A_FILE.match(value))
        for name, value in given
    ) or url.strip().lower().startswith("file:")


def service(url: str, *, plain: bool) -> Any:
    """What Apprise makes of a URL. Raises ValueError when it is none, names a file, or is not encrypted, unless `plain`
    ones are allowed."""
    if names_a_file(url):
        raise ValueError("an address names no files of this server: leave out template=, keyfile= and the like")
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


def fitting(parts: list[str], closing: list[str], most: int) -> str:
    """As many of `parts`, from the first on, as fit into `most` characters with the `closing` of what is left: `closing[n]`
    follows the first n parts. With none of them it is sent whatever its length."""
    for shown in range(len(parts), 0, -1):
        text = "\n\n".join([*parts[:shown], *filter(None, [closing[shown]])])
        if len(text.encode("utf-16-le")) // 2 <= most:  # as most services count
            return text
    return closing[0]


def run(told: dict[str, Any]) -> dict[str, Any]:
    """Send `parts` and `closing` below `title` to `url`, or with the `url` alone tell its service."""
    try:
        found = service(told["url"], plain=bool(told["networks"]))
    except ValueError as error:
        return {"ok": False, "answer": str(error), "lasting": True}
    if "parts" not in told:
        return {"ok": True, "answer": str(found.service_name)}
    said = _Said(logging.INFO)
    log = logging.getLogger("apprise")
    log.addHandler(said)
    log.setLevel(logging.INFO)
    most = max(0, found.body_maxlen - len(told["title"]) - CLOSING_CHARACTERS)
    text = fitting(told["parts"], told["closing"], most)
    done = found.notify(body=text, title=told["title"], body_format=apprise.NotifyFormat.TEXT)
    answer = said.last or ("taken" if done else "refused without a word")
    return {"ok": bool(done), "answer": answer}


if __name__ == "__main__":
    given = json.load(sys.stdin)
    signal.alarm(given["seconds"])
    confine(given["networks"])
    json.dump(run(given), sys.stdout)
