"""Messages to chats and the rest, by Apprise, each in a process of its own that can reach nothing of this server."""

import json
import os
import re
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from inbox.notifications import wording
from inbox.notifications.channels.base import NotSent
from inbox.notifications.services.messages import Item, Parcel
from intents.kernel import secrets
from intents.kernel.errors import InvalidField

SECONDS = 20.0
PASSED_ON = ("PATH", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
"""All that the process gets of the environment: nothing secret."""

_STATUS = re.compile(r"error=(\d{3})\b")
_PASSING = {408, 425, 429}


def send(parcel: Parcel) -> str:
    assert parcel.sealed is not None
    try:
        url = secrets.decrypt(parcel.sealed)
    except ValueError:
        raise NotSent("its address cannot be read any more: enter it again", lasting=True) from None
    told = {"url": url, "title": harmless(wording.subject(parcel)), "parts": parts(parcel), "closing": closing(parcel)}
    made = _outside(told)
    if not made["ok"]:
        status = _STATUS.search(made["answer"])
        refused = status is not None and 400 <= int(status[1]) < 500 and int(status[1]) not in _PASSING
        raise NotSent(made["answer"], lasting=made.get("lasting", False) or refused)
    return str(made["answer"])


def check(url: str) -> str:
    """The name of the service that an Apprise URL belongs to. Goes nowhere. Raises InvalidField."""
    try:
        made = _outside({"url": url})
    except NotSent as error:
        raise InvalidField("url", error.answer) from None
    if not made["ok"]:
        raise InvalidField("url", made["answer"])
    return str(made["answer"])


def parts(parcel: Parcel) -> list[str]:
    """What is told of each item, in the order in which the first of them are shown where not all have room."""
    return [_part(item, parcel, alone=parcel.total == 1) for item in parcel.items]


def _part(item: Item, parcel: Parcel, *, alone: bool) -> str:
    lines = [] if alone else [harmless(f"{wording.says(item)}: {wording.headline(item)}")]
    lines += [harmless(wording.asked_by(item))] if item.task_id else []
    lines += [_("Until %(time)s") % {"time": wording.when(item.due_at, parcel.zone)}] if item.due_at else []
    return "\n".join([*lines, wording.link(item)])


def closing(parcel: Parcel) -> list[str]:
    """How a message ends that shows the first n items, by n: with how many more there are, and where."""
    inbox = f"{settings.BASE_URL}/inbox"
    left = range(parcel.total, parcel.total - len(parcel.items) - 1, -1)
    more = [_("And %(number)s more: %(link)s") % {"number": number, "link": inbox} if number else "" for number in left]
    return [inbox if parcel.total > 1 else wording.link(parcel.items[0]), *more[1:]]


def harmless(words: str) -> str:
    """Without what chats read as markup, or as calling everybody."""
    return words.translate(str.maketrans("@<>`", "＠‹›'"))


def _outside(told: dict[str, Any]) -> dict[str, Any]:
    networks = [str(network) for network in settings.OUTGOING_NETWORKS]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "inbox.notifications.channels.outside"],
            input=json.dumps(told | {"networks": networks, "seconds": int(SECONDS) + 5}),
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise NotSent(f"no answer within {SECONDS:g} s") from None
    except subprocess.CalledProcessError as error:
        raise NotSent(f"it broke off: {error.stderr.strip().rpartition(chr(10))[2][:200]}") from None
    made: dict[str, Any] = json.loads(done.stdout)
    return made
