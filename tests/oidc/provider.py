"""An OpenID provider over real HTTP: authorization code with PKCE, signed ID tokens, keys, userinfo.

`python -m tests.oidc.provider` prints its issuer. What the next sign-in is to be is POSTed to `/next`: `claims` of the ID
token, `userinfo`, and `header`, `without` and `fault` for what a sound provider never does.
"""

import json
import secrets
import sys
import time
from base64 import b64decode, urlsafe_b64encode
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

CLIENT, SECRET = "axme:inbox", "hush & hush"


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class State:
    """`codes` are those that were given out, with the request that each answers."""

    issuer = ""
    key = rsa.generate_private_key(65537, 2048)
    stranger = rsa.generate_private_key(65537, 2048)
    kid = "one"
    next: dict[str, Any] = {}
    codes: dict[str, dict[str, str]] = {}


def token(asked: dict[str, str]) -> str:
    now, fault = time.time(), State.next.get("fault", "")
    if fault == "rotated":
        State.key, State.kid = rsa.generate_private_key(65537, 2048), secrets.token_hex(4)
    claims = {"iss": State.issuer, "aud": CLIENT, "sub": "s1", "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
    claims |= {"auth_time": now} | State.next.get("claims", {})
    for name in State.next.get("without", []):
        del claims[name]
    header = {"alg": "RS256", "kid": State.kid} | State.next.get("header", {})
    signed = f"{text(json.dumps(header).encode())}.{text(json.dumps(claims).encode())}"
    key = State.stranger if fault == "stranger" else State.key
    signature = b"" if fault == "unsigned" else key.sign(signed.encode(), padding.PKCS1v15(), SHA256())
    return f"{signed}.{text(signature)}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match parts.path:
            case "/.well-known/openid-configuration":
                at = State.issuer
                self.say(
                    {
                        "issuer": State.next.get("issuer", at),
                        "authorization_endpoint": f"{at}/authorize",
                        "token_endpoint": f"{at}/token",
                        "jwks_uri": f"{at}/keys",
                        "userinfo_endpoint": f"{at}/userinfo",
                        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                    }
                )
            case "/keys":
                numbers = State.key.public_key().public_numbers()
                n, e = (text(one.to_bytes((one.bit_length() + 7) // 8)) for one in (numbers.n, numbers.e))
                self.say({"keys": [{"kty": "RSA", "use": "sig", "kid": State.kid, "n": n, "e": e}]})
            case "/authorize":
                code = secrets.token_urlsafe(16)
                State.codes[code] = asked
                self.send_response(302)
                query = urlencode({"code": code, "state": asked["state"]})
                self.send_header("Location", f"{asked['redirect_uri']}?{query}")
                self.end_headers()
            case "/userinfo":
                self.say({"sub": State.next.get("claims", {}).get("sub", "s1")} | State.next.get("userinfo", {}))
            case _:
                self.say({}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/next":
            State.next = json.loads(body)
            return self.say({})
        form = {name: values[0] for name, values in parse_qs(body).items()}
        asked = State.codes.pop(form["code"], {})
        pair = b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        client, secret = (unquote_plus(one) for one in (*pair.split(":"), "")[:2])
        challenge = text(sha256(form["code_verifier"].encode()).digest())
        sound = (client, secret) == (CLIENT, SECRET) and asked.get("redirect_uri") == form["redirect_uri"]
        if not sound or asked["code_challenge"] != challenge or asked["code_challenge_method"] != "S256":
            return self.say({"error": "invalid_grant"}, 400)
        return self.say({"access_token": "opaque", "token_type": "Bearer", "id_token": token(asked)})

    def say(self, document: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_said: object) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    State.issuer = f"http://127.0.0.1:{server.server_port}"
    print(State.issuer, flush=True)
    sys.stdin.close()
    server.serve_forever()
