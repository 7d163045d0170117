"""Has the library `requests` talk by this server's own exchanges, whoever calls it and for whatever."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers, urldefragauth

from intents.sending.connections import Fault, Rules, Unanswered
from intents.sending.exchanges import exchange

ANSWER_BYTES = 1024 * 1024
"""How much of an answer is read."""
OURS = frozenset({"host", "content-length", "transfer-encoding", "accept-encoding", "connection"})
"""Headers that an exchange sets by itself."""


class Adapter(BaseAdapter):
    """Every session's way out, by `rules`. Certificates are always checked, by the system's authorities; an exchange has the
    time limit of all others. `fault` is why the last one had no answer."""

    def __init__(self, rules: Rules) -> None:
        super().__init__()
        self.rules, self.fault = rules, ""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Raises requests' own exceptions."""
        assert request.url is not None
        given = request.headers.items()
        headers = {name: _bytes(value, "latin-1") for name, value in given if name.lower() not in OURS}
        # A name and password of the URL are in a header by now.
        url = urldefragauth(request.url)
        body = _bytes(request.body)
        self.fault = ""
        try:
            answer = exchange(request.method or "GET", url, headers=headers, body=body, rules=self.rules, keep=ANSWER_BYTES)
        except Unanswered as none:
            self.fault = none.text
            kind = requests.Timeout if none.fault == Fault.TIMEOUT else requests.ConnectionError
            raise kind(none.text, request=request) from None
        return self._response(request, answer.status, answer.headers, answer.body)

    def _response(
        self, request: requests.PreparedRequest, status: int, headers: Mapping[str, str], body: bytes
    ) -> requests.Response:
        response = requests.Response()
        response.status_code, response.url, response.request = status, request.url or "", request
        response.headers = CaseInsensitiveDict(headers)
        response.encoding = get_encoding_from_headers(response.headers)
        response.raw = BytesIO(body)
        return response

    def close(self) -> None:
        """Nothing is kept here."""


def _bytes(text: Any, encoding: str = "utf-8") -> bytes:
    if text is None:
        return b""
    if isinstance(text, str):
        return text.encode(encoding)
    return text if isinstance(text, bytes) else b"".join(text)


def install(rules: Rules) -> Adapter:
    """From now on all sessions of this process take this way, whatever they mount, and follow no redirect."""
    adapter = Adapter(rules)
    requests.Session.get_adapter = lambda self, url: adapter  # type: ignore[method-assign]
    requests.Session.get_redirect_target = lambda self, resp: None  # type: ignore[method-assign]
    return adapter
