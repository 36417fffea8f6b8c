"""The first journey: register, prove the address, stay signed in, be protected from a copied token, sign in and out."""

import time

from api import Api
from mailbox import Mailbox, code_in, path_in
from stack import MAIL_FROM, PUBLIC_URL
from steps import Report, expect

EMAIL = "ada@example.com"
PASSWORD = "correct horse battery staple"
# REFRESH_GRACE_SECONDS of the product, and a little.
GRACE_SECONDS = 31


class Journey:
    """Ada's."""

    def __init__(self, report: Report, api: Api, mailbox: Mailbox) -> None:
        self._report, self._api, self._mailbox = report, api, mailbox
        self._old = self._pair = {}
        self._refreshed_at = 0.0

    def arrive(self) -> None:
        """From nothing to a signed-in person."""
        step, api = self._report.step, self._api
        with step("the API says that it is ready", "AuthFunction"):
            api.get("/api/health/ready").expect(200)
        with step("its keys are published", "AuthFunction"):
            keys = api.get("/.well-known/jwks.json").expect(200).json()["keys"]
            expect(keys and "d" not in keys[0], "there are no keys, or they are private ones")
        with step("Ada registers", "AuthFunction"):
            body = {"email": EMAIL, "name": "Ada Lovelace", "password": PASSWORD}
            token = api.post("/api/auth/register", body).expect(202).json()["registration_token"]
        with step("the stream wakes the mailer, and SES gets the code", "MailerFunction"):
            mail = self._mailbox.wait_for(EMAIL, 1, MAIL_FROM)
        with step("the mail's link opens its page", "PagesFunction"):
            page = api.get(path_in(mail, PUBLIC_URL)).expect(200)
            expect(page.content_type == "text/html", f"it is {page.content_type}")
        with step("another code is refused", "AuthFunction"):
            wrong = {"registration_token": token, "code": other_than(code_in(mail))}
            expect(api.post("/api/auth/verify-email", wrong).status >= 400, "it is not")
        with step("the mailed code makes the account", "AuthFunction"):
            body = {"registration_token": token, "code": code_in(mail)}
            self._pair = api.post("/api/auth/verify-email", body).expect(201).json()
        with step("Ada is welcomed by mail", "MailerFunction"):
            self._mailbox.wait_for(EMAIL, 2, MAIL_FROM)
        with step("she sees herself", "AccountFunction"):
            self._see_herself("/api/auth/me")
        with step("she has asked for nothing about her data", "PrivacyFunction"):
            asked = api.get("/api/auth/data-requests", self._pair["access"]).expect(200).json()
            expect(asked["items"] == [], f"it is {asked}")
        with step("she has connected no provider", "SocialFunction"):
            connected = api.get("/api/auth/social/accounts", self._pair["access"]).expect(200).json()
            expect(connected["items"] == [], f"it is {connected}")
        with step("also with a slash at the end, where no route of the API catches it", "FrontFunction"):
            self._see_herself("/api/auth/me/")

    def refresh(self) -> None:
        """The refresh token is used once."""
        with self._report.step("the refresh token gives a new pair", "AuthFunction"):
            self._old, self._pair = self._pair, self._refresh(self._pair).expect(200).json()
            self._refreshed_at = time.monotonic()
            expect(self._pair["refresh"] != self._old["refresh"], "the refresh token is the old one")

    def reuse_the_old_token(self) -> None:
        """What was copied is worth nothing, and the copy is noticed."""
        step = self._report.step
        with step("after the grace the old refresh token is refused as reused", "AuthFunction"):
            time.sleep(max(0.0, self._refreshed_at + GRACE_SECONDS - time.monotonic()))
            self._refresh(self._old).expect(401, "token_reused")
        with step("and the new one has ended with its session", "AuthFunction"):
            self._refresh(self._pair).expect(401, "token_invalid")
        with step("so has its access token, at once", "AccountFunction"):
            self._api.get("/api/auth/me", self._pair["access"]).expect(401)
        with step("Ada is told by mail", "MailerFunction"):
            self._mailbox.wait_for(EMAIL, 3, MAIL_FROM)

    def sign_in_and_out(self) -> None:
        """By password."""
        step, api = self._report.step, self._api
        with step("a wrong password is refused", "AuthFunction"):
            api.post("/api/auth/token", {"login": EMAIL, "password": "incorrect horse"}).expect(401)
        with step("the right one signs her in", "AuthFunction"):
            login = {"login": EMAIL, "password": PASSWORD}
            self._pair = api.post("/api/auth/token", login).expect(200).json()
            self._see_herself("/api/auth/me")
        with step("she signs out", "AuthFunction"):
            api.post("/api/auth/logout", {}, self._pair["access"]).expect(204)
        with step("the ended session's access token is refused", "AccountFunction"):
            api.get("/api/auth/me", self._pair["access"]).expect(401)
        with step("and its refresh token", "AuthFunction"):
            self._refresh(self._pair).expect(401, "token_invalid")

    def go_astray(self) -> None:
        """Paths that nobody serves."""
        with self._report.step("an unknown path is answered with a problem", "FrontFunction"):
            self._api.get("/api/no/such/path").expect(404, "not_found")
        with self._report.step("so is a method that a path does not have", "AuthFunction"):
            self._api.get("/api/auth/register").expect(405, "method_not_allowed")

    def _see_herself(self, path: str) -> None:
        me = self._api.get(path, self._pair["access"]).expect(200).json()
        expect(me["email"] == EMAIL, f"it is {me}")

    def _refresh(self, pair: dict):
        return self._api.post("/api/auth/token/refresh", {"refresh": pair["refresh"]})


def other_than(code: str) -> str:
    """A code that differs in its first digit."""
    return str((int(code[0]) + 1) % 10) + code[1:]
