"""Signing in by real providers: two issuers of the certified npm package `oidc-provider`, on this machine."""

import json
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page

from cloud import PASSWORD, Cloud
from front_end import FrontEnd, script
from report import Report, expect

ADA = "kim@example.com"
NAMES = ("first", "second")
SECRET = "a-secret-of-forty-characters-and-no-less"
ACCOUNTS = "/api/auth/social/accounts"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def start(tools: Path, cloud_url: str, secrets: Path):
    """The issuers, and the owner's clients with them. `tools` holds the script beside its packages."""
    ports = [free_port() for _ in NAMES]
    callbacks = [f"{cloud_url}/api/oauth/{name}/callback" for name in NAMES]
    options = json.dumps({"ports": ports, "redirect_uris": callbacks})
    clients = [
        {"name": name, "display_name": f"The {name}", "issuer": f"http://localhost:{port}", "client_id": "latchkey",
         "client_secret": SECRET}
        for name, port in zip(NAMES, ports)
    ]
    secrets.mkdir(parents=True, exist_ok=True)
    (secrets / "providers.json").write_text(json.dumps({"openid": clients}))
    process = subprocess.Popen(["node", tools / "provider.mjs", options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        line = process.stdout.readline()
        while line and line.strip() != b"listening":
            line = process.stdout.readline()
        expect(line, "the issuers did not start")
        yield
    finally:
        process.terminate()
        process.wait(30)


def run(report: Report, browser: Browser, cloud: Cloud, front_end: FrontEnd) -> None:
    """One person's ways in, from the first to the last but one."""
    print("Signed in by providers")
    context = browser.new_context()
    page = context.new_page()

    with report.step("a person signs in by a provider: there is an account, a welcome, and no token in any address"):
        seen = []
        page.on("framenavigated", lambda frame: seen.append(frame.url))
        page.goto(f"{cloud.url}/api/oauth/first/login")
        allow(page, "kim")
        code = back(page, front_end, cloud)["exchange_code"][0]
        answer = call(page, "POST", "/api/oauth/exchange", {"exchange_code": code, "cookie": True})
        expect(answer["status"] == 200 and answer["json"]["user"]["email"] == ADA, answer)
        expect(call(page, "GET", "/api/auth/me")["status"] == 200)
        cloud.mail(ADA, "Welcome")
        tokens = [cookie["value"] for cookie in context.cookies(cloud.url) if cookie["name"] in ("access", "refresh")]
        expect(len(tokens) == 2 and not any(token in url for token in tokens for url in seen), seen)
    with report.step("a code that was exchanged is worth nothing"):
        answer = call(page, "POST", "/api/oauth/exchange", {"exchange_code": code, "cookie": True})
        expect((answer["status"], answer["json"]["code"]) == (400, "code_invalid"), answer)
    with report.step("the only way in is not disconnected"):
        answer = call(page, "POST", f"{ACCOUNTS}/first/disconnect")
        expect((answer["status"], answer["json"]["code"]) == (400, "last_login_method"), answer)
    with report.step("a second provider is connected in the same browser"):
        answer = call(page, "POST", f"{ACCOUNTS}/second/connect", {})
        expect(answer["status"] == 200, answer)
        page.goto(answer["json"]["authorize_url"])
        allow(page, "kim-elsewhere")
        expect(back(page, front_end, cloud)["connected"] == ["second"], page.url)
        connected = [one["provider"] for one in call(page, "GET", ACCOUNTS)["json"]["items"]]
        expect(connected == ["first", "second"], connected)
        cloud.mail(ADA, "second signs you in")
    with report.step("a password is set by mail, and signs in"):
        token = cloud.post("/api/auth/password-reset", {"email": ADA})["reset_token"]
        body = {"reset_token": token, "code": cloud.code(ADA, "/reset-password?"), "new_password": PASSWORD}
        cloud.post("/api/auth/password-reset/confirm", body)
        expect(call(page, "GET", "/api/auth/me")["status"] == 401, "the password ends every session")
        answer = call(page, "POST", "/api/auth/token", {"login": ADA, "password": PASSWORD, "cookie": True})
        expect(answer["status"] == 200, answer)
    with report.step("one provider is disconnected, and signs nobody in to the account any more"):
        expect(call(page, "POST", f"{ACCOUNTS}/first/disconnect")["status"] == 200)
        status = call(page, "GET", f"{ACCOUNTS}/status")["json"]
        told = {name: status["social_accounts"][name]["connected"] for name in NAMES}
        expect(status["has_password"] and told == {"first": False, "second": True}, status)
        page.goto(f"{cloud.url}/api/oauth/first/login")
        allow(page, "kim")
        expect(back(page, front_end, cloud)["error_code"] == ["oauth_account_not_linked"], page.url)
    with report.step("who refuses at the provider is led back and told so"):
        page.goto(f"{cloud.url}/api/oauth/second/login")
        allow(page, "nobody")
        expect(back(page, front_end, cloud)["error_code"] == ["oauth_callback"], page.url)
    context.close()


def allow(page: Page, name: str) -> None:
    """Says at the provider who one is."""
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Continue").click()


def back(page: Page, front_end: FrontEnd, cloud: Cloud) -> dict:
    """What the page's address says that the browser came back to; the page can ask from now on."""
    page.wait_for_url(f"{front_end.origin}/**")
    page.add_script_tag(content=script(cloud.url))
    return parse_qs(urlsplit(page.url).query)


def call(page: Page, method: str, path: str, body: dict | None = None) -> dict:
    """A request of the page's own script."""
    return page.evaluate("([method, path, body]) => call(method, path, body)", [method, path, body])
