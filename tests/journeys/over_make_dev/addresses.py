"""Another mail address, and the way back."""

from caller import Caller, people, same
from cloud import PASSWORD, Cloud
from report import Report

KIM, WORK, HOME = "kim@example.com", "kim@work.example", "kim@home.example"
ASK, CONFIRM = "/api/auth/email-change", "/api/auth/email-change/confirm"


def run(report: Report, cloud: Cloud) -> None:
    kim, lea = people(cloud, KIM, "lea@example.com")
    nobody = Caller(cloud)
    with report.step("the answer does not tell whether the wanted address has an account; its owner is told"):
        taken = kim.post(ASK, {"new_email": "lea@example.com", "current_password": PASSWORD})
        free = kim.post(ASK, {"new_email": WORK, "current_password": PASSWORD})
        same((taken.status, free.status, taken.json.keys()), (202, 202, free.json.keys()))
        cloud.mail("lea@example.com", "address")
        same(kim.post(ASK, {"new_email": "kim@", "current_password": PASSWORD}).brief, "422 validation_failed")
        same(kim.post(ASK, {"new_email": WORK, "current_password": "not mine"}).brief, "403 password_wrong")
    with report.step("the code works once, for the account that asked"):
        code = cloud.code(WORK, "    ")
        same(lea.post(CONFIRM, {"code": code}).brief, "400 code_invalid")
        same(kim.post(CONFIRM, {"code": code}).json["email"], WORK)
        same(kim.post(CONFIRM, {"code": code}).brief, "400 code_invalid")
        same(nobody.sign_in(KIM, PASSWORD).brief, "401 invalid_credentials")
    with report.step("the old address can undo it, even after another change, and then needs a new password"):
        undo = cloud.link(KIM, "/undo-email-change")
        kim.post(ASK, {"new_email": HOME, "current_password": PASSWORD})
        same(kim.post(CONFIRM, {"code": cloud.code(HOME, "    ")}).json["email"], HOME)
        nobody.scan(undo)
        same((nobody.submit(undo).status, nobody.open(undo), nobody.submit(undo).status), (303, 400, 400))
        same(kim.get("/api/auth/me").brief, "401 token_invalid")
        same(nobody.sign_in(HOME, PASSWORD).brief, "401 invalid_credentials")
        same(nobody.sign_in(KIM, PASSWORD).brief, "401 invalid_credentials")
        same(nobody.submit(cloud.link(WORK, "/undo-email-change")).status, 400)
    with report.step("the owner of the old address sets a password and is back"):
        token = nobody.post("/api/auth/password-reset", {"email": KIM}).json["reset_token"]
        code = cloud.code(KIM, "/reset-password?", count=2)
        body = {"reset_token": token, "code": code, "new_password": "mine again, and mine alone"}
        same(nobody.post("/api/auth/password-reset/confirm", body).status, 200)
        same(nobody.sign_in(KIM, "mine again, and mine alone").status, 200)
