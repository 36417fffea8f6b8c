"""Where everybody must have a second factor."""

from authenticator import Authenticator, second_step
from caller import Caller, same
from cloud import PASSWORD, Cloud
from report import Report

RIA = "ria@example.com"
TOTP = "/api/auth/mfa/totp"


def run(report: Report, cloud: Cloud) -> None:
    nobody = Caller(cloud)
    with report.step("a new account has no session before it has a factor"):
        body = {"registration_token": cloud.register(RIA), "code": cloud.code(RIA, "/confirm-email?")}
        confirmed = nobody.post("/api/auth/verify-email", body)
        same((confirmed.status, confirmed.json["status"]), (201, "mfa_enrolment_required"))
        same("access" in confirmed.json, False)
        same(nobody.sign_in(RIA, "not the password").brief, "401 invalid_credentials")
    with report.step("a sign-in leads through the enrolment, and ends with tokens and recovery codes"):
        first = nobody.sign_in(RIA, PASSWORD)
        token = {"mfa_token": first.json["mfa_token"]}
        same(first.json["status"], "mfa_enrolment_required")
        same(nobody.post("/api/auth/token/mfa", token | {"totp_code": "123456"}).brief, "401 token_invalid")
        phone = Authenticator.scan(cloud, nobody.post(TOTP, token))
        same(nobody.post(f"{TOTP}/confirm", token | {"code": "000000"}).brief, "400 code_invalid")
        done = nobody.post(f"{TOTP}/confirm", token | {"code": phone.code()})
        same((done.status, len(done.json["recovery_codes"])), (200, 10))
        same(Caller(cloud, done.json["access"]).get("/api/auth/mfa").json["required"], True)
        same(nobody.post(f"{TOTP}/confirm", token | {"code": phone.code()}).brief, "401 token_invalid")
    with report.step("from then on it is asked for"):
        same(second_step(cloud, nobody.sign_in(RIA, PASSWORD), totp_code=phone.next_code()).status, 200)
