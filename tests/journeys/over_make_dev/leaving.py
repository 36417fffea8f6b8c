"""Leaving, and thinking better of it."""

from caller import Caller, people, same
from cloud import PASSWORD, Cloud
from report import Report

MAX = "max@example.com"
ME, REQUESTS = "/api/auth/me", "/api/auth/data-requests"


def run(report: Report, cloud: Cloud) -> None:
    max_, nia = people(cloud, MAX, "nia@example.com")
    nobody = Caller(cloud)
    person = max_.get(ME).json["id"]
    with report.step("the account vanishes at once, and its person is told until when it can come back"):
        asked = max_.delete(ME)
        same((asked.status, max_.get(ME).brief), (202, "401 token_invalid"))
        same(nia.get(f"/api/users/{person}").brief, "404 not_found")
        cloud.mail(MAX, "/cancel-deletion?")
    with report.step("the right password still signs in, to look and to cancel and to nothing else"):
        max_ = Caller(cloud, nobody.sign_in(MAX, PASSWORD).json["access"])
        same(max_.get(ME).status, 200)
        same(max_.get("/api/auth/profile").brief, "403 deletion_pending")
        same(max_.post("/api/auth/password", {"new_password": "x"}).brief, "403 deletion_pending")
        request = max_.get(REQUESTS).json["items"][0]
        same((request["request_type"], request["status"]), ("DELETE", "PENDING"))
    with report.step("nobody else reads or cancels the request; cancelling works once"):
        path = f"{REQUESTS}/{request['id']}"
        same((nia.get(path).brief, nia.delete(path).brief), ("404 not_found", "404 not_found"))
        same((max_.delete(path).status, max_.delete(path).brief), (204, "409 not_cancellable"))
        same(max_.get(path).json["status"], "CANCELLED")
        same(max_.get("/api/auth/profile").status, 200)
        cloud.mail(MAX, "stays")
    with report.step("the mailed link cancels too, once, and not when a scanner opens it"):
        old = cloud.link(MAX, "/cancel-deletion")
        same(nobody.submit(old).status, 400)
        same(max_.delete(ME).status, 202)
        link = cloud.link(MAX, "/cancel-deletion", count=2)
        nobody.scan(link)
        same((nobody.submit(link).status, nobody.open(link), nobody.submit(link).status), (303, 400, 400))
        same(nobody.sign_in(MAX, PASSWORD).status, 200)
    with report.step("when the grace is over the account is as if it were gone"):
        max_ = Caller(cloud, nobody.sign_in(MAX, PASSWORD).json["access"])
        same(max_.delete(ME).status, 202)
        last = cloud.link(MAX, "/cancel-deletion", count=3)
        cloud.advance("P15D")
        same(nobody.submit(last).status, 400)
        same(nobody.sign_in(MAX, PASSWORD).brief, "401 invalid_credentials")
