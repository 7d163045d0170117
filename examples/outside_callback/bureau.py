"""An outside service that answers by calling back: .venv/bin/python examples/outside_callback/bureau.py

It knows nothing of intents and has no key: it calls the address it was given.
"""

import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

PORT = int(os.environ.get("BUREAU_PORT", "8099"))
SECONDS = float(os.environ.get("BUREAU_SECONDS", "3"))


def call_back(address: str) -> None:
    """Call until it was heard. Whoever was heard and does not know calls again, which changes nothing."""
    while True:
        try:
            answer = httpx.post(address, json={"score": 720}, timeout=10)
        except httpx.TransportError:
            time.sleep(1)
        else:
            print(f"called back: {answer.status_code}", flush=True)
            return


class Checks(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        threading.Timer(SECONDS, call_back, [order["callback_url"]]).start()
        self.send_response(202)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


print(f"the bureau is at http://127.0.0.1:{PORT}", flush=True)
ThreadingHTTPServer(("127.0.0.1", PORT), Checks).serve_forever()
