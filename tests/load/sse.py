"""A stream of server-sent events as it is on the wire: frames, comments, ids, and when each came."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, NamedTuple

import httpx

PATIENCE = 120.0


class Frame(NamedTuple):
    """One event: `event` is "" for a comment. `at` is the monotonic time of its coming."""

    event: str
    id: str
    data: dict[str, Any]
    at: float
    size: int


class Open:
    """An open stream, read in a thread. `frames` grows; `closed_at` is when the server ended it, None while open."""

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.frames: list[Frame] = []
        self.closed_at: float | None = None
        self.opened_at = time.monotonic()
        self.error: Exception | None = None
        self._client = httpx.Client(timeout=httpx.Timeout(PATIENCE))
        self._cut = False
        wanted = self._client.build_request("GET", url, params=params, headers={"x-api-key": api_key} | dict(headers or {}))
        self.response = self._client.send(wanted, stream=True)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            lines: list[str] = []
            for line in self.response.iter_lines():
                if line:
                    lines.append(line)
                elif lines:
                    self.frames.append(_frame(lines))
                    lines = []
            self.closed_at = time.monotonic()
        except Exception as error:
            if not self._cut:
                self.error = error

    def events(self, event: str = "") -> list[Frame]:
        """The frames so far, comments left out; of one kind, if named."""
        return [frame for frame in self.frames if frame.event and event in ("", frame.event)]

    def wait(self, met: Callable[["Open"], Any], what: str, seconds: float = 60.0) -> Any:
        """The first true value of `met(self)`. Fails, naming `what`, when none came in time."""
        deadline = time.monotonic() + seconds
        while not (value := met(self)):
            assert self.error is None, f"the stream broke: {self.error!r}"
            assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}; came: {self.frames}"
            time.sleep(0.01)
        return value

    def wait_for(self, event: str, seconds: float = 60.0, *, number: int = 1) -> Frame:
        """The `number`-th frame of a kind."""
        found: Frame = self.wait(
            lambda _: len(self.events(event)) >= number and self.events(event)[number - 1], event, seconds
        )
        return found

    def wait_closed(self, seconds: float = 90.0) -> float:
        """Until the server has ended the response. Returns when, counted from its opening."""
        closed_at: float = self.wait(lambda _: self.closed_at, "the end of the response", seconds)
        return closed_at - self.opened_at

    def drop(self) -> None:
        """Leave, as a client does that was killed."""
        self._cut = True
        sock = self.response.extensions["network_stream"].get_extra_info("socket")
        with contextlib.suppress(OSError):  # the server may have left before
            sock.shutdown(2)
        self._thread.join(10)
        self.response.close()
        self._client.close()

    def __enter__(self) -> "Open":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if not self._client.is_closed:
            self.drop()


def _frame(lines: list[str]) -> Frame:
    fields = {name: value.removeprefix(" ") for name, _, value in (line.partition(":") for line in lines) if name}
    data = json.loads(fields["data"]) if "data" in fields else {}
    return Frame(fields.get("event", ""), fields.get("id", ""), data, time.monotonic(), len(fields.get("data", "").encode()))
