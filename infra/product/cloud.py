"""The product as `make dev` runs it, on a port and in a folder of its own."""

import json
import re
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

from report import expect

PASSWORD = "correct horse battery staple"


class Cloud:
    """A running local cloud."""

    def __init__(self, repository: Path, folder: Path, port: int, allowed_origin: str, parameters: dict | None = None) -> None:
        self.url = f"http://localhost:{port}"
        self.folder = folder / "cloud"
        self._log = folder / "cloud.log"
        self._command = [
            repository / "target/debug/latchkey-local", "--root", repository, "--data", self.folder,
            "--port", str(port), "--parameter", f"AllowedOrigins={allowed_origin}", "--parameter", "AppName=Acme",
        ]
        for name, value in (parameters or {}).items():
            self._command += ["--parameter", f"{name}={value}"]
        self._process: subprocess.Popen | None = None

    @classmethod
    def at(cls, url: str) -> "Cloud":
        """One that somebody else has started."""
        running = cls.__new__(cls)
        running.url = url
        return running

    def __enter__(self) -> "Cloud":
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, start_new_session=True)
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)

    def _wait(self) -> None:
        for _ in range(6000):
            if self._process.poll() is not None:
                raise SystemExit(f"the local cloud ended; {self._log} says why")
            try:
                with urllib.request.urlopen(f"{self.url}/api/health/ready", timeout=30):
                    return
            except OSError:
                time.sleep(0.2)
        raise SystemExit(f"the local cloud does not answer; {self._log} says why")

    def post(self, path: str, body: dict, token: str | None = None, method: str = "POST") -> dict:
        """A request of a program; the answer's JSON."""
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def advance(self, span: str) -> None:
        """Moves the time."""
        self.post("/_local/clock", {"advance": span})

    def mail(self, address: str, has: str, count: int = 1) -> dict:
        """The newest mail to an address that holds this in words, once there are so many of them."""
        for _ in range(150):
            with urllib.request.urlopen(f"{self.url}/_local/inbox.json?to={address}", timeout=30) as answer:
                found = [mail for mail in json.load(answer) if has in mail["subject"] + mail["text"]]
            if len(found) >= count:
                return found[0]
            time.sleep(0.2)
        raise AssertionError(f"no mail {count} to {address} with {has}")

    def link(self, address: str, page: str, count: int = 1) -> str:
        """The newest mailed link to a page, once there are so many."""
        found = re.search(rf"{re.escape(self.url)}{page}\?\S+", self.mail(address, f"{page}?", count)["text"])
        expect(found, f"the mail has no link to {page}")
        return found[0]

    def register(self, address: str) -> str:
        """Registers; the registration's token."""
        body = {"email": address, "name": "Ada Lovelace", "password": PASSWORD}
        return self.post("/api/auth/register", body)["registration_token"]

    def new_account(self, address: str) -> dict:
        """A person with an account; the answer that signs them in."""
        token = self.register(address)
        body = {"registration_token": token, "code": self.code(address, "/confirm-email?")}
        return self.post("/api/auth/verify-email", body)

    def code(self, address: str, has: str, count: int = 1) -> str:
        """The code in the newest mail to an address whose plain part holds this, once there are so many."""
        text = self.mail(address, has, count)["text"]
        return re.search(r"^    (\d{4} \d{4})$", text, re.M)[1].replace(" ", "")

    def move(self, old: str, new: str) -> None:
        """Makes a person with the one address who changes it to the other."""
        access = self.new_account(old)["access"]
        self.post("/api/auth/email-change", {"new_email": new, "current_password": PASSWORD}, access)
        self.post("/api/auth/email-change/confirm", {"code": self.code(new, "    ")}, access)
