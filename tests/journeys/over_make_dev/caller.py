"""Requests as a program or a browser makes them, with every answer told whole."""

import http.client
import json
import urllib.parse
from dataclasses import dataclass, field

from cloud import PASSWORD, Cloud

FORM = "application/x-www-form-urlencoded"


@dataclass
class Answer:
    """Status, headers and body."""

    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def json(self) -> dict:
        return json.loads(self.text)

    @property
    def brief(self) -> str:
        """The status, and the code of a problem."""
        problem = "problem+json" in (self.headers["content-type"] or "")
        return f"{self.status} {self.json['code']}" if problem else str(self.status)


@dataclass
class Caller:
    """Somebody who asks: signed in with an access token, with headers of their own, or nobody at all."""

    cloud: Cloud
    access: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """One request. A dict is sent as JSON, a text as a form."""
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        if self.access:
            sent["authorization"] = f"Bearer {self.access}"
        if isinstance(body, dict):
            sent, body = {"content-type": "application/json"} | sent, json.dumps(body)
        elif body is not None:
            sent = {"content-type": FORM} | sent
        place = urllib.parse.urlsplit(self.cloud.url)
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
        try:
            connection.request(method, path, body.encode() if body is not None else None, sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: object = None, **headers: str) -> Answer:
        return self.ask("POST", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: dict) -> Answer:
        return self.ask("PATCH", path, body)

    def put(self, path: str, body: dict) -> Answer:
        return self.ask("PUT", path, body)

    def delete(self, path: str) -> Answer:
        return self.ask("DELETE", path)

    def sign_in(self, login: str, password: str, **more: object) -> Answer:
        return self.post("/api/auth/token", {"login": login, "password": password, **more})

    def scan(self, link: str) -> None:
        """Opens a mailed link the way mail scanners do, which must spend nothing."""
        path = link.removeprefix(self.cloud.url)
        for method in ("HEAD", "GET", "GET"):
            status = self.ask(method, path).status
            assert status == 200, f"{method} {status}"

    def open(self, link: str) -> int:
        """The status of the page behind a mailed link."""
        return self.get(link.removeprefix(self.cloud.url)).status

    def submit(self, link: str, **fields: str) -> Answer:
        """Sends the form of the page behind a mailed link."""
        path, query = link.removeprefix(self.cloud.url).split("?", 1)
        return self.post(path, urllib.parse.urlencode(dict(urllib.parse.parse_qsl(query)) | fields))


def people(cloud: Cloud, *addresses: str) -> list["Caller"]:
    """People who made their accounts two days ago and sign in on the same device: nothing waits for their addresses
    any more, neither a registration nor a mail."""
    known = [(address, cloud.new_account(address)["device_token"]) for address in addresses]
    cloud.advance("P2D")
    nobody = Caller(cloud)
    return [Caller(cloud, nobody.sign_in(one, PASSWORD, device_token=token).json["access"]) for one, token in known]


def same(found: object, expected: object) -> None:
    """Fails the step unless both are the same."""
    assert found == expected, f"{found!r} instead of {expected!r}"
