"""Names and the profile."""

from caller import Caller, people, same
from cloud import PASSWORD, Cloud
from report import Report

ME, PROFILE = "/api/auth/me", "/api/auth/profile"


def run(report: Report, cloud: Cloud) -> None:
    fay, gus = people(cloud, "fay@example.com", "gus@example.com")
    nobody = Caller(cloud)
    with report.step("names change, and a username that is taken does not"):
        same(fay.patch(ME, {"name": "Fay Weldon", "username": "Fay"}).json["username"], "Fay")
        same(gus.patch(ME, {"username": "fay"}).brief, "409 username_taken")
        same(gus.patch(ME, {"roles": ["superuser"]}).brief, "422 invalid_body")
        same(gus.patch(ME, {"name": ""}).brief, "422 validation_failed")
        same(nobody.get(ME).brief, "401 token_missing")
        same(nobody.sign_in("fay", PASSWORD).status, 200)
    with report.step("others see a person's public name and no more"):
        seen = gus.get(f"/api/users/{fay.get(ME).json['id']}")
        same(seen.json.keys(), {"id", "username", "created_at", "updated_at"})
        same(gus.get("/api/users/nobody").brief, "404 not_found")
        same(nobody.get("/api/users/nobody").brief, "401 token_missing")
    with report.step("a profile is there from the first moment, and consent has its moment"):
        same(fay.get(PROFILE).json["marketing_consent"], False)
        first = fay.patch(PROFILE, {"marketing_consent": True}).json["marketing_consent_updated_at"]
        cloud.advance("PT1S")
        again = fay.patch(PROFILE, {"marketing_consent": True, "organisation": "Acme"}).json
        same((first is not None, again["marketing_consent_updated_at"]), (True, first))
    with report.step("a telephone number belongs to one person, however it is written"):
        same(fay.patch(PROFILE, {"phone": "+44 20 7946 0018"}).status, 200)
        same(gus.patch(PROFILE, {"phone": "+442079460018"}).brief, "409 phone_taken")
        same(gus.patch(PROFILE, {"phone": "020 7946"}).brief, "422 validation_failed")
        same(fay.patch(PROFILE, {"phone": None}).json.get("phone"), None)
        same(gus.patch(PROFILE, {"phone": "+442079460018"}).status, 200)
    with report.step("PUT leaves what it does not name, null clears, and what GET answered can be sent back"):
        same(fay.put(PROFILE, {"organisation": "Acme"}).json["marketing_consent"], True)
        same(fay.put(PROFILE, {"marketing_consent": False, "time_zone": "Europe/Vienna"}).json["organisation"], "Acme")
        same(fay.put(PROFILE, {"organisation": None}).json.get("organisation"), None)
        shown = fay.get(PROFILE).json
        same(fay.put(PROFILE, shown).json, shown)
        same(fay.put(PROFILE, {"time_zone": "Mars/Olympus"}).brief, "422 validation_failed")
        refused = fay.delete(PROFILE)
        same((refused.brief, "PATCH" in refused.headers["allow"]), ("405 method_not_allowed", True))
