"""Sessions, devices and cookies."""

from caller import Caller, people, same
from cloud import PASSWORD, Cloud
from report import Report

HAL = "hal@example.com"
ME, SESSIONS = "/api/auth/me", "/api/auth/sessions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ORIGIN = "https://app.example.com"


def run(report: Report, cloud: Cloud) -> None:
    hal, ida = people(cloud, HAL, "ida@example.com")
    nobody = Caller(cloud)
    unknown = Caller(cloud, headers={"user-agent": FIREFOX})
    with report.step("a sign-in from an unknown device is told by mail, and its link ends it once"):
        signed_in = unknown.sign_in(HAL, PASSWORD).json
        there, link = Caller(cloud, signed_in["access"]), cloud.link(HAL, "/end-session")
        assert "Firefox on Linux" in cloud.mail(HAL, "/end-session?")["text"]
        nobody.scan(link)
        same(there.get(ME).status, 200)
        same((nobody.submit(link).status, nobody.open(link), nobody.submit(link).status), (303, 400, 400))
        same(there.get(ME).brief, "401 token_invalid")
        same(nobody.post("/api/auth/token/refresh", {"refresh": signed_in["refresh"]}).brief, "401 token_invalid")
    with report.step("a known device is not told of"):
        known = unknown.sign_in(HAL, PASSWORD).json["device_token"]
        before = cloud.link(HAL, "/end-session", count=2)
        same(unknown.sign_in(HAL, PASSWORD, device_token=known).status, 200)
        same(cloud.link(HAL, "/end-session"), before)
    with report.step("sessions are listed page by page, and nobody ends another's"):
        page = hal.get(f"{SESSIONS}?limit=1").json
        current = next(one for one in hal.get(SESSIONS).json["items"] if one["current"])
        same((len(page["items"]), page["next_cursor"] is not None), (1, True))
        same(hal.get(f"{SESSIONS}?cursor={page['next_cursor'][:-2]}xx").status, 422)
        same(ida.delete(f"{SESSIONS}/{current['id']}").brief, "404 not_found")
        same(hal.ask("PUT", f"{SESSIONS}/{current['id']}", {}).brief, "405 method_not_allowed")
    with report.step("one session ends, then all others, and the caller stays"):
        others = [one for one in hal.get(SESSIONS).json["items"] if not one["current"] and not one["logged_out_at"]]
        same(hal.delete(f"{SESSIONS}/{others[0]['id']}").status, 204)
        same(hal.delete(SESSIONS).status, 204)
        left = [one for one in hal.get(SESSIONS).json["items"] if not one["logged_out_at"]]
        same([one["current"] for one in left], [True])
    with report.step("refresh tokens rotate, and an old one ends the session"):
        first = nobody.sign_in(HAL, PASSWORD).json
        second = nobody.post("/api/auth/token/refresh", {"refresh": first["refresh"]}).json
        same(nobody.post("/api/auth/token/verify", {"token": second["access"]}).json["active"], True)
        cloud.advance("PT31S")
        same(nobody.post("/api/auth/token/refresh", {"refresh": first["refresh"]}).brief, "401 token_reused")
        same(Caller(cloud, second["access"]).get(ME).brief, "401 token_invalid")
        cloud.mail(HAL, "signed out")
    with report.step("a browser holds its tokens in cookies, and shows what no other site knows"):
        page = Caller(cloud, headers={"origin": ORIGIN})
        signed_in = page.sign_in(HAL, PASSWORD, cookie=True)
        same("access" in signed_in.json, False)
        cookies = [line.split(";")[0] for line in signed_in.headers.get_all("set-cookie")]
        page.headers["cookie"] = "; ".join(cookies)
        same(page.get(ME).status, 200)
        same(page.post("/api/auth/logout").brief, "403 csrf_failed")
        token = signed_in.json["csrf_token"]
        evil = Caller(cloud, headers=page.headers | {"origin": "https://evil.example"})
        same(evil.post("/api/auth/logout", x_xsrf_token=token).brief, "403 csrf_failed")
        same(evil.sign_in(HAL, PASSWORD, cookie=True).brief, "403 csrf_failed")
        gone = page.post("/api/auth/logout", x_xsrf_token=token)
        cleared = [line for line in gone.headers.get_all("set-cookie") if "Max-Age=0" in line]
        same((gone.status, len(cleared) >= 3, page.get(ME).brief), (204, True, "401 token_invalid"))
