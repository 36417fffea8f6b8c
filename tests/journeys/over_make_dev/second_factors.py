"""A second factor: an app, a lost phone, and a code by mail that is none."""

from authenticator import Authenticator, second_step
from caller import Caller, people, same
from cloud import PASSWORD, Cloud
from report import Report

OLA, PIA = "ola@example.com", "pia@example.com"
ME, MFA, TOTP = "/api/auth/me", "/api/auth/mfa", "/api/auth/mfa/totp"


def run(report: Report, cloud: Cloud) -> None:
    ola, pia = people(cloud, OLA, PIA)
    nobody = Caller(cloud)
    with report.step("an app is a factor once it has shown a code, and other devices are signed out"):
        other = Caller(cloud, nobody.sign_in(OLA, PASSWORD).json["access"])
        phone = Authenticator.scan(cloud, ola.post(TOTP))
        same(ola.post(f"{TOTP}/confirm", {"code": "000000"}).brief, "400 code_invalid")
        confirmed = ola.post(f"{TOTP}/confirm", {"code": phone.code()})
        codes = confirmed.json["recovery_codes"]
        same((confirmed.status, len(set(codes)), other.get(ME).brief), (200, 10, "401 token_invalid"))
        same((ola.get(ME).json["mfa_enabled"], ola.get(MFA).json["recovery_codes"]["left"]), (True, 10))
        cloud.mail(OLA, "needs an authenticator app")
    with report.step("the password alone signs nobody in; with a code it does, once"):
        same(nobody.sign_in(OLA, "not the password").brief, "401 invalid_credentials")
        first = nobody.sign_in(OLA, PASSWORD)
        same(first.json["methods"], ["totp_code", "recovery_code"])
        same(Caller(cloud, first.json["mfa_token"]).get(ME).brief, "401 token_invalid")
        same(second_step(cloud, first, totp_code="000000").brief, "401 code_invalid")
        code = phone.next_code()
        done = second_step(cloud, first, totp_code=code)
        same((done.status, done.json["user"]["mfa_enabled"]), (200, True))
        same(second_step(cloud, nobody.sign_in(OLA, PASSWORD), totp_code=code).brief, "401 code_invalid")
    with report.step("a sensitive act asks for the factor, not for the password"):
        ola = Caller(cloud, done.json["access"])
        cloud.advance("PT6M")
        same(ola.post(TOTP).json["methods"], ["totp_code", "recovery_code"])
        same(ola.post("/api/auth/step-up", {"password": PASSWORD}).brief, "403 step_up_required")
        same(ola.post("/api/auth/step-up", {"totp_code": phone.next_code()}).status, 204)
    with report.step("who lost the phone comes in with a recovery code, is told, and enrols the next one"):
        back = second_step(cloud, nobody.sign_in(OLA, PASSWORD), recovery_code=codes[0].upper())
        same(back.status, 200)
        assert "9 are left" in cloud.mail(OLA, "in place of your second factor")["text"]
        again = second_step(cloud, nobody.sign_in(OLA, PASSWORD), recovery_code=codes[0])
        same(again.brief, "401 code_invalid")
        ola = Caller(cloud, back.json["access"])
        new_phone = Authenticator.scan(cloud, ola.post(TOTP))
        same(ola.post(f"{TOTP}/confirm", {"code": new_phone.code()}).status, 200)
        same(second_step(cloud, nobody.sign_in(OLA, PASSWORD), totp_code=phone.next_code()).brief, "401 code_invalid")
        same(second_step(cloud, nobody.sign_in(OLA, PASSWORD), totp_code=new_phone.next_code()).status, 200)
    with report.step("a new password does not get past it"):
        token = nobody.post("/api/auth/password-reset", {"email": OLA}).json["reset_token"]
        code, new = cloud.code(OLA, "/reset-password?"), "the finest password of them all"
        body = {"reset_token": token, "code": code, "new_password": new}
        same(nobody.post("/api/auth/password-reset/confirm", body).status, 200)
        first = nobody.sign_in(OLA, body["new_password"])
        ola = Caller(cloud, second_step(cloud, first, totp_code=new_phone.next_code()).json["access"])
        same(ola.get("/api/auth/sessions").json["items"][0]["factor"], "totp")
    with report.step("password and code remove it"):
        body = {"password": "the finest password of them all"}
        same(ola.ask("DELETE", TOTP, body | {"totp_code": "000000"}).brief, "400 code_invalid")
        same(ola.ask("DELETE", TOTP, body | {"totp_code": new_phone.next_code()}).status, 204)
        same(nobody.sign_in(OLA, body["password"]).json["user"]["mfa_enabled"], False)
        cloud.mail(OLA, "does not need an authenticator app")
    with report.step("a mailed code signs in, shows the lowest, and stands in for no factor"):
        ask, confirm = "/api/auth/email-code", "/api/auth/email-code/confirm"
        known, unknown = nobody.post(ask, {"email": PIA}), nobody.post(ask, {"email": "nobody@example.com"})
        same((known.status, known.json.keys(), len(known.text)), (unknown.status, unknown.json.keys(), len(unknown.text)))
        code = cloud.code(PIA, "where you are signing in")
        body = {"sign_in_token": known.json["sign_in_token"], "code": code}
        same(nobody.post(confirm, body | {"sign_in_token": unknown.json["sign_in_token"]}).brief, "400 code_invalid")
        signed_in = nobody.post(confirm, body)
        same((signed_in.status, nobody.post(confirm, body).brief), (200, "400 code_invalid"))
        same(Caller(cloud, signed_in.json["access"]).delete(ME).brief, "403 step_up_required")
        pia = Caller(cloud, nobody.sign_in(PIA, PASSWORD).json["access"])
        phone = Authenticator.scan(cloud, pia.post(TOTP))
        same(pia.post(f"{TOTP}/confirm", {"code": phone.code()}).status, 200)
        token = nobody.post(ask, {"email": PIA}).json["sign_in_token"]
        code = cloud.code(PIA, "where you are signing in", count=2)
        first = nobody.post(confirm, {"sign_in_token": token, "code": code})
        same(second_step(cloud, first, totp_code=phone.next_code()).status, 200)
