"""GitHub, whose one person lets our client ask for them."""

import json
from pathlib import Path

from stand_in import Answer, Asked, StandIn

TOKEN = "gho_token_of_the_journey"
CLIENT, SECRET = "client-of-the-journey", "secret-of-the-journey"
PERSON = 7_712_345_678_901
LOGIN = "uma-at-github"


class GitHub(StandIn):
    """Its pages and its API on one port."""

    def __init__(self) -> None:
        super().__init__(answer)
        self.url = f"http://127.0.0.1:{self.port}"

    def configure(self, folder: Path, **others: dict) -> None:
        """Leaves the owner's clients with it and with others where the local cloud looks for providers."""
        client = {"client_id": CLIENT, "client_secret": SECRET, "url": self.url, "api_url": self.url}
        (folder / "secrets/providers.json").write_text(json.dumps({"github": client} | others))


def answer(asked: Asked) -> Answer:
    """The three requests by which an access token is checked."""
    if (asked.method, asked.path) == ("POST", f"/applications/{CLIENT}/token"):
        ours = json.loads(asked.body)["access_token"] == TOKEN
        return told({"app": {"client_id": CLIENT}, "user": {"id": PERSON}} if ours else None)
    if (asked.method, asked.authorization) != ("GET", f"Bearer {TOKEN}"):
        return told(None)
    known = {
        "/user": {"id": PERSON, "login": LOGIN, "name": "Uma"},
        "/user/emails?per_page=100": [{"email": f"{LOGIN}@example.com", "primary": True, "verified": True}],
    }
    return told(known.get(asked.path))


def told(content: dict | list | None) -> Answer:
    """An answer in JSON."""
    return 404 if content is None else 200, {"content-type": "application/json"}, json.dumps(content).encode()
