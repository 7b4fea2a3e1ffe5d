"""A small provider of identity that can be made to lie: it signs with its own keys whatever a test wants."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwk, jwt

CLIENT = "kaiteki-demo"
Claims = dict[str, Any]


def part(document: Any) -> str:
    """A part of a compact token."""
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


class UntrueProvider:
    """Honest until a test changes one thing of it; `reset` makes it honest again."""

    def __init__(self) -> None:
        self.key = jwk.ECKey.generate_key("P-256", {"kid": "one"}, private=True)
        self.other_key = jwk.ECKey.generate_key("P-256", {"kid": "two"}, private=True)
        self.issuer = ""
        self.asked: list[str] = []
        self.reset()

    def reset(self) -> None:
        """Be honest."""
        self.nonce, self.challenge = "", ""
        self.published: list[Any] = [self.key]
        self.padding = ""
        self.signing = self.key
        self.change: Callable[[Claims], Claims] = lambda claims: claims
        self.forge: Callable[[UntrueProvider, Claims], str] | None = None
        self.discovery: Claims = {}
        self.used: set[str] = set()
        self.moved = ""
        self.subject = "person-1"
        self.told_of = ""

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        """What stands at a path."""
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "end_session_endpoint": f"{self.issuer}/leave",
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
                **self.discovery,
            }
        if path == "/keys":
            return 200, {"keys": [key.as_dict(private=False) for key in self.published], "pad": self.padding}
        if path == "/userinfo":
            return 200, {"sub": self.told_of, "name": "見本 一子"}
        if path == "/token":
            return self.redeem(form)
        return 404, {}

    def redeem(self, form: dict[str, str]) -> tuple[int, Any]:
        """The token endpoint: a code is good once, for the verifier of its challenge."""
        made = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if form["code"] in self.used or made.decode() != self.challenge:
            return 400, {"error": "invalid_grant"}
        self.used.add(form["code"])
        now = int(time.time())
        claims = self.change(
            {
                "iss": self.issuer,
                "aud": CLIENT,
                "sub": self.subject,
                "nonce": self.nonce,
                "iat": now,
                "exp": now + 300,
                "auth_time": now,
                "name": "見本 一子",
            }
        )
        token = self.forge(self, claims) if self.forge else self.sign(claims)
        return 200, {"access_token": "at", "token_type": "Bearer", "id_token": token}

    def sign(self, claims: Claims) -> str:
        """An honest signature."""
        return jwt.encode({"alg": "ES256", "kid": self.signing.kid}, claims, self.signing)


def unsigned(_provider: UntrueProvider, claims: Claims) -> str:
    """A token of the algorithm none."""
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."


def keyed_with_the_public_key(provider: UntrueProvider, claims: Claims) -> str:
    """HS256 with the published key as the secret."""
    head = f"{part({'alg': 'HS256', 'kid': provider.key.kid})}.{part(claims)}"
    made = hmac.digest(provider.key.as_pem(private=False), head.encode(), "sha256")
    return f"{head}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"


@contextmanager
def untrue_provider() -> Iterator[UntrueProvider]:
    """One on a free port of the loopback interface."""
    provider = UntrueProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self.reply({name: values[0] for name, values in parse_qs(body).items()})

        def reply(self, form: dict[str, str]) -> None:
            status, document = provider.answer(self.path, form)
            body = json.dumps(document).encode()
            self.send_response(302 if provider.moved == self.path else status)
            if provider.moved == self.path:
                self.send_header("location", "http://127.0.0.1:9/elsewhere")
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
