"""A manager's browser, as far as a workload needs one: signed in, it asks for pages and sends their forms."""

import re
from urllib.parse import urlencode

import httpx

from bench.client import Answer, Connection
from bench.product import Product

HTMX = "HX-Request: true\r\n"


class Browser:
    """A signed-in session with one keep-alive connection. Sign-in happens once; sessions can share its cookie."""

    def __init__(self, connection: Connection, host: str, cookie: str, token: str) -> None:
        self._connection = connection
        self._head = f" HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n"
        self._token = token
        self.cookie = cookie

    @classmethod
    async def sign_in(
        cls, product: Product, number: int = 0, *, like: "Browser | None" = None, who: str = "DEMO_MANAGER"
    ) -> "Browser":
        """A person of the demo at web process `number`; with `like` by that one's session."""
        target = product.target(number)
        host = f"{target.host}:{target.port}"
        if like is not None:
            return cls(await Connection.open(target), host, like.cookie, like._token)
        async with httpx.AsyncClient(base_url=f"http://{host}", timeout=30, follow_redirects=True) as client:
            token = _token((await client.get("/sign-in")).text)
            form = {
                "csrfmiddlewaretoken": token,
                "login": product.demo[f"{who}_EMAIL"],
                "password": product.demo[f"{who}_PASSWORD"],
            }
            page = await client.post("/sign-in", data=form)
            page.raise_for_status()
            cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
            return cls(await Connection.open(target), host, cookie, _token(page.text))

    async def get(self, path: str, head: str = "") -> Answer:
        """A page, or with HTMX as `head` what a page asks for."""
        answer = await self._connection.ask(f"GET {path}{self._head}{head}\r\n".encode())
        assert answer.status == 200, (path, answer.status)
        return answer

    async def send(self, path: str, form: dict[str, str]) -> Answer:
        """Send a form as htmx does."""
        body = urlencode({"csrfmiddlewaretoken": self._token} | form).encode()
        head = f"POST {path}{self._head}{HTMX}Content-Type: application/x-www-form-urlencoded\r\n"
        answer = await self._connection.ask(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        assert answer.status == 200, (path, answer.status, answer.body[:300])
        return answer

    async def digest(self, task_id: str, *, in_list: bool = False) -> str:
        """Open the task's page, or click on it `in_list`, in which a page that is there asks for the task alone. Returns the
        digest of what it shows."""
        page = (await self.get(f"/inbox/{task_id}", HTMX if in_list else "")).body.decode()
        return page.partition('name="payload_digest" value="')[2][:64]

    async def approve(self, task_id: str, digest: str) -> None:
        """Press the button of the task's page."""
        await self.send(f"/inbox/{task_id}/decide", {"outcome": "approved", "payload_digest": digest})

    def close(self) -> None:
        self._connection.close()


def _token(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found is not None, page[:300]
    return found[1]
