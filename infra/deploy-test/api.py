"""The deployed API as a client sees it, through API Gateway."""

import http.client
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from steps import expect


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    status: int
    content_type: str
    location: str
    text: str

    def json(self) -> dict:
        return json.loads(self.text)

    def expect(self, status: int, code: str | None = None) -> "Answer":
        """The answer itself, if it has this status and, as a problem document (RFC 9457), this code."""
        expect(self.status == status, f"answered {self.status}, not {status}: {self.text[:500]}")
        if code:
            expect(self.content_type == "application/problem+json", f"the content type is {self.content_type}")
            expect(self.json()["code"] == code, f"the code is {self.json()['code']}, not {code}")
        return self


class Api:
    """Calls it. `url` is the stack's own output; names below `localhost` do not resolve everywhere, so the connection
    goes to 127.0.0.1 and the name into the Host header."""

    def __init__(self, url: str, port: int) -> None:
        self._host = urlsplit(url).netloc
        self._port = port

    def get(self, path: str, token: str | None = None) -> Answer:
        return self._call("GET", path, None, token)

    def post(self, path: str, body: dict, token: str | None = None) -> Answer:
        return self._call("POST", path, body, token)

    def _call(self, method: str, path: str, body: dict | None, token: str | None) -> Answer:
        headers = {"Host": self._host}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            content_type = answer.getheader("Content-Type", "").partition(";")[0]
            return Answer(answer.status, content_type, answer.getheader("Location", ""), answer.read().decode())
        finally:
            connection.close()
