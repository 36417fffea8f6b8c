"""Cookie mode: what a page can do for the person before it, and what a stranger's page cannot."""

from pathlib import Path

from playwright.sync_api import Page, Playwright

from chromium import STRANGER, arguments
from cloud import PASSWORD, Cloud
from front_end import FrontEnd, script
from report import Report, expect

ADA = "ada@example.com"
KEPT = {"access", "refresh", "device"}  # as at every http://localhost; elsewhere they begin with __Host-
NAMES = KEPT | {"XSRF-TOKEN"}


def run(report: Report, playwright: Playwright, cloud: Cloud, folder: Path, ours: FrontEnd, other: FrontEnd) -> None:
    """Every step, in one browser with a profile that outlives it."""
    print("Signed in by cookies")
    cloud.new_account(ADA)

    def open_browser():
        context = playwright.chromium.launch_persistent_context(folder / "profile", **arguments())
        page = context.new_page()
        page.goto(ours.origin)
        page.add_script_tag(content=script(cloud.url))
        return context, page

    context, page = open_browser()
    with report.step("a page of a configured origin signs in, and gets no token to hold"):
        answer = sign_in(page)
        expect(answer["status"] == 200, answer)
        expect(not {"access", "refresh", "device_token"} & answer["json"].keys(), answer["json"].keys())
    with report.step("the cookies are those of localhost, which no browser drops, and out of reach of scripts"):
        jar = {cookie["name"]: cookie for cookie in context.cookies(cloud.url)}
        expect(NAMES <= jar.keys(), jar.keys())
        expect(all(not cookie["secure"] and cookie["sameSite"] == "Lax" for cookie in jar.values()), jar)
        expect(all(jar[name]["httpOnly"] for name in KEPT), jar)
        seen = {cookie.split("=")[0].strip() for cookie in page.evaluate("document.cookie").split(";")}
        expect(not seen & KEPT, "a script reads a token")
    with report.step("a reload stays signed in, and so does a browser that was closed"):
        page.reload()
        page.add_script_tag(content=script(cloud.url))
        expect(me(page) == 200, me(page))
        context.close()
        context, page = open_browser()
        expect(me(page) == 200, me(page))
    with report.step("an expired access token is refreshed by cookie"):
        cloud.advance("PT16M")
        expect(me(page) == 401, me(page))
        before = token(context, cloud)
        expect(call(page, "POST", "/api/auth/token/refresh")["status"] == 200)
        expect(token(context, cloud) != before and me(page) == 200, "the cookies stayed as they were")
    with report.step("without its header a request changes nothing"):
        shown = page.evaluate("csrf")
        for wrong in ("", "AAAA"):
            page.evaluate("token => { csrf = token }", wrong)
            answer = call(page, "POST", "/api/auth/logout", {})
            expect((answer["status"], answer["json"]["code"]) == (403, "csrf_failed"), answer)
        page.evaluate("token => { csrf = token }", shown)
    with report.step("a form on another site arrives without cookies and is refused"):
        expect(post_form(context, other.under(STRANGER), cloud) == (401, "token_missing"))
        expect(me(page) == 200, "the session has ended")
    with report.step("a form of another origin on the same site arrives with cookies and is refused"):
        expect(post_form(context, other.origin, cloud) == (403, "csrf_failed"))
        expect(me(page) == 200, "the session has ended")
    with report.step("a script of another origin can neither read an answer nor send a request that changes something"):
        stranger = context.new_page()
        for origin in (other.origin, other.under(STRANGER)):
            stranger.goto(origin)
            for method, path in (("GET", "/api/auth/me"), ("POST", "/api/auth/logout")):
                ask = "([url, method]) => fetch(url, {method, credentials: 'include'}).then(() => 'read', () => 'refused')"
                expect(stranger.evaluate(ask, [cloud.url + path, method]) == "refused", f"{origin} {path}")
        stranger.close()
        expect(me(page) == 200, "the session has ended")
    with report.step("signing out clears the cookies, but for the one by which the device is known"):
        expect(call(page, "POST", "/api/auth/logout", {})["status"] == 204)
        left = {cookie["name"] for cookie in context.cookies(cloud.url)}
        expect(left == {"device"}, left)
        expect(me(page) == 401, me(page))
    context.close()

    # Its own pages load nothing and ask nothing; only with their policy set aside can a script of a test ask from there.
    browser = playwright.chromium.launch(**arguments())
    page = browser.new_context(bypass_csp=True).new_page()
    with report.step("a page of the API's own origin signs in and out, and finds its token in the cookie"):
        page.goto(f"{cloud.url}/api/docs")
        page.add_script_tag(content=script(cloud.url))
        expect(sign_in(page)["status"] == 200 and me(page) == 200)
        expect(page.evaluate("document.cookie.includes('XSRF-TOKEN=' + csrf)"), page.evaluate("document.cookie"))
        expect(call(page, "POST", "/api/auth/logout", {})["status"] == 204)
    browser.close()


def call(page: Page, method: str, path: str, body: dict | None = None) -> dict:
    """A request of the page's own script."""
    return page.evaluate("([method, path, body]) => call(method, path, body)", [method, path, body])


def sign_in(page: Page) -> dict:
    """Signs in, in cookie mode."""
    return call(page, "POST", "/api/auth/token", {"login": ADA, "password": PASSWORD, "cookie": True})


def me(page: Page) -> int:
    """The status of asking who is signed in."""
    return call(page, "GET", "/api/auth/me")["status"]


def token(context, cloud: Cloud) -> str:
    """The access token's cookie."""
    return next(cookie["value"] for cookie in context.cookies(cloud.url) if cookie["name"] == "access")


def post_form(context, origin: str, cloud: Cloud) -> tuple[int, str]:
    """What a form on a page of this origin gets that a person was lured to."""
    page = context.new_page()
    page.goto(origin)
    page.evaluate(
        "url => { const form = document.createElement('form'); form.method = 'post'; form.action = url;"
        " document.body.append(form) }",
        f"{cloud.url}/api/auth/logout",
    )
    with page.expect_navigation() as navigation:
        page.evaluate("document.forms[0].submit()")
    answer = navigation.value
    status, code = answer.status, answer.json()["code"]
    page.close()
    return status, code
