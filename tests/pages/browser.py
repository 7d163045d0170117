"""A browser without a screen: it keeps cookies and sends forms, through the application that the server runs."""

import re
import time
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils.crypto import get_random_string

from axme_site.bridge import Django, environ
from intents.accounts.models import User
from intents.accounts.sessions import SessionStore
from intents.kernel import tracing

_django: list[Django] = []
HOST = "localhost"


@dataclass(frozen=True)
class Page:
    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def html(self) -> str:
        return self.raw.decode()

    @property
    def flat(self) -> str:
        """The markup on one line, as if no tag stood on a line of its own."""
        line = " ".join(self.html.split()).replace(" >", ">")
        return re.sub(r"(<[^>]+>) | (?=<)", r"\1", line)

    @property
    def text(self) -> str:
        """What can be read, without the markup, on one line."""
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.html)).split())

    @property
    def location(self) -> str:
        """Where it leads to."""
        return self.headers["location"]


@dataclass
class Browser:
    """Of one person. `address` is the machine it runs on."""

    cookies: dict[str, str] = field(default_factory=dict)
    address: str = "127.0.0.1"

    def send(self, method: str, path: str, *, form: dict[str, Any] | None = None, **headers: str) -> Page:
        parts = urlsplit(path)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if "accept" not in {name.lower() for name in sent}:
            sent["accept"] = "text/html,*/*;q=0.8"
        raw = b""
        if form is not None:
            raw = urlencode(
                {"csrfmiddlewaretoken": self.cookies.get(settings.CSRF_COOKIE_NAME, "")} | form, doseq=True
            ).encode()
            sent["content-type"] = "application/x-www-form-urlencoded"
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        pairs = [(b"host", HOST.encode()), *((name.encode(), value.encode()) for name, value in sent.items())]
        tracing.bind(tracing.from_headers(pairs))
        scope = {
            "method": method,
            "raw_path": quote(parts.path, safe="/%").encode(),
            "query_string": parts.query.encode(),
            "headers": pairs,
            "http_version": "1.1",
            "scheme": "http",
            "client": (self.address, 1),
            "server": (HOST, 80),
        }
        if not _django:
            _django.append(Django())
        reply = _django[0].reply(environ(scope, raw))
        for name, value in reply.headers:
            if name == b"set-cookie":
                self._keep(value.decode())
        return Page(reply.status, {name.decode(): value.decode() for name, value in reply.headers}, reply.body)

    def get(self, path: str, **headers: str) -> Page:
        return self.send("GET", path, **headers)

    def post(self, path: str, form: dict[str, Any] | None = None, **headers: str) -> Page:
        """Send a form as a page of ours would: its token agrees with the cookie."""
        self.cookies.setdefault(settings.CSRF_COOKIE_NAME, get_random_string(32))
        return self.send("POST", path, form=form or {}, **headers)

    def sign_in(self, user: User) -> "Browser":
        """Have a session as if `user` had signed in just now."""
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        assert session.session_key
        self.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        return self

    def confirmed(self) -> "Browser":
        """As if the password had been given just now."""
        session = self.session
        session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
        session["account_authentication_methods_user"] = session[SESSION_KEY]
        session.save()
        return self

    @property
    def session(self) -> SessionStore:
        return SessionStore(self.cookies[settings.SESSION_COOKIE_NAME])

    def _keep(self, header: str) -> None:
        for name, morsel in SimpleCookie(header).items():
            if morsel["max-age"] == "0" or not morsel.value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value
