"""A real HTTP server that speaks OpenID Connect: discovery, authorization with PKCE, token, user info and keys.

with OpenIDProvider() as provider:
    provider.person = {"sub": "1", "email": "ada@example.org", "email_verified": True, "name": "Ada"}
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID = "onsite-tests"
CLIENT_SECRET = "a secret of the tests"
KEY_ID = "key-1"
Answer = tuple[int, dict[str, str], Any]


class OpenIDProvider:
    """Whoever comes is `person` (claims), or is turned away while `person` is None."""

    def __init__(self) -> None:
        self.person: dict[str, Any] | None = None
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.codes: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, dict[str, Any]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.answer(self, {})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                provider.answer(self, _single(body))

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def answer(self, handler: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        parts = urlsplit(handler.path)
        query = _single(parts.query)
        pages = {
            "/.well-known/openid-configuration": lambda: (200, {}, self.discovery()),
            "/authorize": lambda: self.authorize(query),
            "/token": lambda: self.token(form),
            "/userinfo": lambda: self.user_info(handler.headers.get("Authorization", "")),
            "/keys": lambda: (200, {}, {"keys": [self.public_key()]}),
        }
        status, headers, body = pages.get(parts.path, lambda: (404, {}, {}))()
        data = json.dumps(body).encode()
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def authorize(self, query: dict[str, str]) -> Answer:
        assert query["client_id"] == CLIENT_ID
        assert query["response_type"] == "code"
        assert set(query["scope"].split()) >= {"openid", "email"}
        assert query["code_challenge_method"] == "S256"
        if self.person is None:
            result = {"error": "access_denied"}
        else:
            code = secrets.token_urlsafe()
            self.codes[code] = {"person": self.person, **query}
            result = {"code": code}
        target = f"{query['redirect_uri']}?{urlencode({**result, 'state': query['state']})}"
        return 302, {"Location": target}, {}

    def token(self, form: dict[str, str]) -> Answer:
        """Each code once, for the client that holds the secret and the verifier."""
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return 400, {}, {"error": "invalid_grant"}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {}, {"error": "invalid_grant"}
        access_token = secrets.token_urlsafe()
        self.tokens[access_token] = asked["person"]
        now = int(time.time())
        claims = {**asked["person"], "iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 300}
        id_token = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": KEY_ID})
        return 200, {}, {"access_token": access_token, "token_type": "Bearer", "expires_in": 300, "id_token": id_token}

    def user_info(self, authorization: str) -> Answer:
        person = self.tokens.get(authorization.removeprefix("Bearer "))
        return (200, {}, person) if person else (401, {}, {"error": "invalid_token"})

    def public_key(self) -> dict[str, Any]:
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {**key, "kid": KEY_ID, "alg": "RS256", "use": "sig"}


def _single(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
