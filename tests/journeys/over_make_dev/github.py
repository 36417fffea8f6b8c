"""A stand-in for GitHub, whose one person lets our client ask for them."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOKEN = "gho_token_of_the_journey"
CLIENT, SECRET = "client-of-the-journey", "secret-of-the-journey"
PERSON = 7_712_345_678_901
LOGIN = "uma-at-github"


class GitHub:
    """Its pages and its API on one port."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "GitHub":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def configure(self, folder: Path) -> None:
        """Leaves the owner's client with it where the local cloud looks for providers."""
        client = {"client_id": CLIENT, "client_secret": SECRET, "url": self.url, "api_url": self.url}
        (folder / "secrets/providers.json").write_text(json.dumps({"github": client}))


class Handler(BaseHTTPRequestHandler):
    """The three requests by which an access token is checked."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        ours = self.path == f"/applications/{CLIENT}/token" and asked["access_token"] == TOKEN
        self._answer({"app": {"client_id": CLIENT}, "user": {"id": PERSON}} if ours else None)

    def do_GET(self) -> None:
        told = {
            "/user": {"id": PERSON, "login": LOGIN, "name": "Uma"},
            "/user/emails?per_page=100": [{"email": f"{LOGIN}@example.com", "primary": True, "verified": True}],
        }
        allowed = self.headers["authorization"] == f"Bearer {TOKEN}"
        self._answer(told.get(self.path) if allowed else None)

    def _answer(self, told: dict | list | None) -> None:
        body = json.dumps(told).encode()
        self.send_response(404 if told is None else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
