"""A process that sends one message by Apprise and ends: `python -m inbox.notifications.channels.outside`, confined as
`intents.sending.confinement` says."""

import logging
import re
from typing import Any
from urllib.parse import parse_qsl

import apprise
from apprise.plugins.workflows import NotifyWorkflows

from intents.sending import confinement
from intents.sending.adapter import Adapter

NAMES_A_FILE = re.compile(r"\s*(?:file:|~|/|\.{1,2}/|\\|[a-z]:[\\/])", re.IGNORECASE)
"""How the value of a parameter begins that Apprise would read from a disk."""
FILE_PARAMETERS = re.compile(r"template|attach|.*file|pgp.*", re.IGNORECASE)
CLOSING_CHARACTERS = 8
"""What a service puts between title and text, at most."""


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
    if not plain and not is_encrypted(url, found):
        raise ValueError("this address is not encrypted: use its form with TLS, as jsons:// for json://")
    return found


def is_encrypted(url: str, found: Any) -> bool:
    """Whether what Apprise made of a URL talks to its service by TLS."""
    schema, encrypted = url.partition("://")[0].strip().lower(), found.secure_protocol or ()
    return schema == "https" or schema in ((encrypted,) if isinstance(encrypted, str) else encrypted)


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


def carded(target: Any, request: dict[str, Any]) -> dict[str, Any]:
    """A message to Teams, whose cards have a button for its link: in their words, which are Markdown, an address written as
    plain text leads nowhere."""
    make = target.gen_payload

    def made(*args: Any, **kwargs: Any) -> Any:
        told = make(*args, **kwargs)
        for one in told["attachments"] if told else ():
            button = {"type": "Action.OpenUrl", "title": request["opens"], "url": request["link"]}
            one["content"]["actions"] = [button]
        return told

    target.gen_payload = made
    parts = [part.rpartition("\n")[0] or request["title"] for part in request["parts"]]  # the last line is the link
    return request | {"parts": parts, "closing": [request["title"], *([""] * len(parts))]}


def run(request: dict[str, Any], way: Adapter) -> dict[str, Any]:
    """Send `parts` and `closing` below `title` to `url`, or with the `url` alone tell its service."""
    try:
        target = service(request["url"], plain=bool(request["networks"]))
    except ValueError as error:
        return {"ok": False, "answer": str(error), "permanent": True}
    if "parts" not in request:
        return {"ok": True, "answer": str(target.service_name)}
    if not is_encrypted(request["url"], target):
        confinement.speak_plain()
    said = _Said(logging.INFO)
    log = logging.getLogger("apprise")
    log.addHandler(said)
    log.setLevel(logging.INFO)
    if isinstance(target, NotifyWorkflows) and not target.template:
        request = carded(target, request)
    most = max(0, target.body_maxlen - len(request["title"]) - CLOSING_CHARACTERS)
    text = fitting(request["parts"], request["closing"], most)
    try:
        done = target.notify(body=text, title=request["title"], body_format=apprise.NotifyFormat.TEXT)
    except confinement.Refused as refusal:
        return {"ok": False, "answer": str(refusal)}
    answer = (not done and way.fault) or said.last or ("taken" if done else "refused without a word")
    return {"ok": bool(done), "answer": answer}


if __name__ == "__main__":
    confinement.serve(run)
