"""Passwords: forgotten, changed, and asked for again."""

from caller import Caller, people, same
from cloud import PASSWORD, Cloud
from report import Report

JOE = "joe@example.com"
NEW, NEWER, NEWEST = "a fine new password, indeed", "an even finer password, yes", "the finest password of them all"
ASK, RESET, CHANGE = "/api/auth/password-reset", "/api/auth/password-reset/confirm", "/api/auth/password"
ME = "/api/auth/me"
POISON = {
    "x-forwarded-host": "evil.example", "forwarded": "host=evil.example", "x-original-url": "https://evil.example/",
    "x-forwarded-proto": "gopher",
}


def run(report: Report, cloud: Cloud) -> None:
    (joe,) = people(cloud, JOE)
    nobody = Caller(cloud)
    with report.step("asking for a reset tells nothing of the address"):
        known, unknown = nobody.post(ASK, {"email": JOE}), nobody.post(ASK, {"email": "nobody@example.com"})
        same((known.status, known.json.keys(), len(known.text)), (unknown.status, unknown.json.keys(), len(unknown.text)))
        same(nobody.post(ASK, {"email": "joe@"}).brief, "422 validation_failed")
    with report.step("no header of the asking side gets into the mailed link"):
        for host in ("evil.example", "localhost"):
            asked = Caller(cloud, headers=POISON | {"host": host}).post(ASK, {"email": JOE})
            same(asked.status, 202)
        same("evil" in cloud.mail(JOE, "/reset-password?", count=3)["text"], False)
    with report.step("a weak password leaves the code good; the reset ends every session, begins none, and knows the device"):
        code = cloud.code(JOE, "/reset-password?", count=3)
        body = {"reset_token": asked.json["reset_token"], "code": code, "new_password": NEW}
        same(nobody.post(RESET, body | {"new_password": "password1"}).brief, "422 password_too_weak")
        same(nobody.post(RESET, body | {"reset_token": known.json["reset_token"]}).brief, "400 code_invalid")
        done = nobody.post(RESET, body)
        same((done.status, list(done.json), done.headers["set-cookie"]), (200, ["device_token"], None))
        same(nobody.post(RESET, body).brief, "400 code_invalid")
        same(joe.get(ME).brief, "401 token_invalid")
        same(nobody.sign_in(JOE, PASSWORD).brief, "401 invalid_credentials")
        cloud.mail(JOE, "password")
    with report.step("five wrong codes are all, and the mailed link still works, once"):
        token = nobody.post(ASK, {"email": JOE}).json["reset_token"]
        code = cloud.code(JOE, "/reset-password?", count=4)
        wrong = str((int(code) + 1) % 10**8).zfill(8)
        body = {"reset_token": token, "code": code, "new_password": NEWER}
        for _ in range(5):
            same(nobody.post(RESET, body | {"code": wrong}).brief, "400 code_invalid")
        same(nobody.post(RESET, body).brief, "400 code_invalid")
        link = cloud.link(JOE, "/reset-password")
        nobody.scan(link)
        same(nobody.submit(link, new_password="password1").status, 422)
        done = nobody.submit(link, new_password=NEWER)
        same((done.status, done.headers["location"]), (303, "/password-changed"))
        same("device=lkv_" in done.headers["set-cookie"], True)
        same(nobody.get("/password-changed").status, 200)
        same((nobody.open(link), nobody.submit(link, new_password=NEW).status), (400, 400))
    with report.step("the password changes while signed in; other devices are signed out"):
        joe, phone = (Caller(cloud, nobody.sign_in(JOE, NEWER).json["access"]) for _ in range(2))
        same(joe.post(CHANGE, {"current_password": NEW, "new_password": NEWEST}).brief, "403 password_wrong")
        same(joe.post(CHANGE, {"current_password": NEWER, "new_password": "joe@example.com"}).brief, "422 password_too_weak")
        kept = joe.post(CHANGE, {"current_password": NEWER, "new_password": NEWEST, "keep_me_signed_in": True})
        same((kept.status, phone.get(ME).brief, joe.get(ME).brief), (200, "401 token_invalid", "401 token_invalid"))
        joe = Caller(cloud, kept.json["access"])
        same(joe.get(ME).status, 200)
        same(joe.post(CHANGE, {"current_password": NEWEST, "new_password": NEWER}).status, 204)
        same(joe.get(ME).brief, "401 token_invalid")
    with report.step("a sensitive act asks again after five minutes"):
        joe = Caller(cloud, nobody.sign_in(JOE, NEWER).json["access"])
        cloud.advance("PT6M")
        asked = joe.delete(ME)
        same((asked.brief, asked.json["methods"]), ("403 step_up_required", ["password"]))
        same(joe.post("/api/auth/step-up", {"password": NEW}).brief, "403 password_wrong")
        same(joe.post("/api/auth/step-up", {"method": "email"}).brief, "403 step_up_required")
        same(joe.post("/api/auth/step-up", {"password": NEWER}).status, 204)
