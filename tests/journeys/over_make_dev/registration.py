"""Registering: twice by one click, with typos, and with somebody else's code."""

from caller import Caller, same
from cloud import PASSWORD, Cloud
from report import Report

ADA, BEA = "ada@example.com", "bea@example.com"
REGISTER, CONFIRM = "/api/auth/register", "/api/auth/verify-email"
BODY = {"email": ADA, "name": "Ada Lovelace", "password": PASSWORD, "username": "ada"}


def run(report: Report, cloud: Cloud) -> None:
    nobody = Caller(cloud)
    with report.step("what cannot be an account is refused field by field"):
        wrong = nobody.post(REGISTER, {"email": "ada@", "name": " ", "password": PASSWORD, "admin": True})
        same(wrong.brief, "422 invalid_body")
        wrong = nobody.post(REGISTER, {"email": "ada@", "name": " ", "password": PASSWORD})
        same({error["pointer"] for error in wrong.json["errors"]}, {"/email", "/name"})
        same(nobody.post(REGISTER, BODY | {"password": "password1"}).brief, "422 password_too_weak")
        same(nobody.ask("POST", REGISTER, "{", content_type="application/json").brief, "400 malformed_body")
        same(nobody.ask("POST", REGISTER, "x=1").brief, "415 unsupported_media_type")
        same(nobody.post(REGISTER, BODY | {"name": "A" * 70_000}).brief, "413 body_too_large")
    with report.step("two clicks with one key register once, and another body is no second click"):
        first = nobody.post(REGISTER, BODY, idempotency_key="click-1")
        again = nobody.post(REGISTER, BODY, idempotency_key="click-1")
        same((first.status, again.status, first.text == again.text), (202, 202, True))
        same(again.headers["idempotency-replayed"], "true")
        other = nobody.post(REGISTER, BODY | {"name": "Ada King"}, idempotency_key="click-1")
        same(other.brief, "422 idempotency_key_reused")
        same(nobody.post(CONFIRM, {}, idempotency_key="click-1").brief, "400 idempotency_key_refused")
    with report.step("the right password of what is not confirmed says so, a wrong one does not"):
        same(nobody.sign_in(ADA, PASSWORD).brief, "403 verification_required")
        same(nobody.sign_in(ADA, "another horse entirely").brief, "401 invalid_credentials")
    with report.step("a code opens its own registration alone, and a new one kills the old"):
        token, old = first.json["registration_token"], cloud.code(ADA, "/confirm-email?")
        stranger = nobody.post(REGISTER, BODY | {"email": BEA, "username": "bea"}).json["registration_token"]
        same(nobody.post(CONFIRM, {"registration_token": stranger, "code": old}).brief, "400 code_invalid")
        same(nobody.post("/api/auth/verify-email/resend", {"registration_token": token}).status, 202)
        new = cloud.code(ADA, "/confirm-email?", count=2)
        same(nobody.post(CONFIRM, {"registration_token": token, "code": old}).brief, "400 code_invalid")
        nobody.scan(cloud.link(ADA, "/confirm-email"))
        confirmed = nobody.post(CONFIRM, {"registration_token": token, "code": new})
        same((confirmed.status, confirmed.json["user"]["email"]), (201, ADA))
        same(nobody.post(CONFIRM, {"registration_token": token, "code": new}).brief, "400 code_invalid")
        cloud.mail(ADA, "Welcome")
    with report.step("who has an account is told by mail alone that it was registered again"):
        same(nobody.post(REGISTER, BODY | {"username": "ada2"}).status, 202)
        cloud.mail(ADA, "already")
        same(nobody.post(REGISTER, BODY | {"email": "cyd@example.com"}).brief, "409 username_taken")
    with report.step("the mailed link confirms as well, with the password, and signs nobody in"):
        link = cloud.link(BEA, "/confirm-email")
        same(nobody.submit(link, password="not the password").status, 422)
        done = nobody.submit(link, password=PASSWORD)
        same((done.status, done.headers["set-cookie"]), (303, None))
        same((nobody.get(done.headers["location"]).status, nobody.open(link)), (200, 400))
        same(nobody.submit(link, password=PASSWORD).status, 400)
        same(nobody.sign_in("BEA", PASSWORD).status, 200)
