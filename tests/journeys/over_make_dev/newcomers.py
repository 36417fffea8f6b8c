"""New users of a provider that does not vouch for an email address."""

from caller import Caller, people, same
from cloud import Cloud
from facebook import USERS, VIA, WIM
from report import Report, expect

FACEBOOK, NAME, VERIFY = "/api/auth/social/facebook", "/api/oauth/exchange/email", "/api/auth/verify-email"
TO_PROVE = "email_verification_required"


def run(report: Report, cloud: Cloud) -> None:
    nobody = Caller(cloud)
    address = USERS[VIA]["email"]
    with report.step("who comes by Facebook for the first time gets an account by a mailed code"):
        begun = nobody.post(FACEBOOK, {"access_token": VIA})
        same((begun.status, begun.json["status"], begun.json["email"]), (200, TO_PROVE, address))
        expect("access" not in begun.json, begun.json)
        token = {"registration_token": begun.json["registration_token"]}
        same(nobody.post(VERIFY, token | {"code": "00000000"}).brief, "400 code_invalid")
        mail = cloud.mail(address, "with Facebook")
        expect("/confirm-email?" not in mail["text"], "a link would open it for whoever reads the mail")
        done = nobody.post(VERIFY, token | {"code": cloud.code(address, "with Facebook")})
        same((done.status, done.json["user"]["email"], done.json["user"]["has_password"]), (201, address, False))
        via = Caller(cloud, done.json["access"])
        (link,) = via.get("/api/auth/social/accounts").json["items"]
        same((link["provider"], link["uid"]), ("facebook", USERS[VIA]["id"]))
        again = nobody.post(FACEBOOK, {"access_token": VIA})
        same((again.status, again.json["user"]["id"]), (200, done.json["user"]["id"]))
    with report.step("who gave Facebook no address names one, and corrects it"):
        begun = nobody.post(FACEBOOK, {"access_token": WIM}).json
        same((begun["status"], begun.get("email")), (TO_PROVE, None))
        token = {"registration_token": begun["registration_token"]}
        same(nobody.post(NAME, token | {"email": "wim@"}).brief, "422 validation_failed")
        same(nobody.post(NAME, token | {"email": "vim@example.com"}).status, 202)
        mistyped = cloud.code("vim@example.com", "with Facebook")
        same(nobody.post(NAME, token | {"email": "wim@example.com"}).status, 202)
        code = cloud.code("wim@example.com", "with Facebook")
        same(nobody.post(VERIFY, token | {"code": mistyped}).brief, "400 code_invalid")
        same(nobody.post(VERIFY, token | {"code": code}).status, 201)
        same(nobody.post(VERIFY, token | {"code": code}).brief, "400 code_invalid")
    with report.step("an address that has an account stays its owner's, who is told"):
        (xia,) = people(cloud, "xia@example.com")
        taken = USERS[WIM] | {"id": "8123456789012347", "email": "xia@example.com"}
        USERS["token-of-a-stranger"] = taken
        begun = nobody.post(FACEBOOK, {"access_token": "token-of-a-stranger"})
        same((begun.status, begun.json["status"], begun.json["email"]), (200, TO_PROVE, "xia@example.com"))
        cloud.mail("xia@example.com", "There is an account for it already")
        same(xia.get("/api/auth/social/accounts").json["items"], [])
