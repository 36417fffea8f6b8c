"""The pages that mails link to: without script, by keyboard, for every reader, on every screen."""

from pathlib import Path

from playwright.sync_api import Browser, Page

from cloud import PASSWORD, Cloud
from report import Report, expect

SCREENS = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
SCHEMES = ("light", "dark")
# Of these a picture is kept; the others show nothing that these do not.
PICTURED = (("desktop", "light"), ("phone", "dark"))
# What each form's button says, and what the page says that it leads to.
FORMS = {
    "confirm-email": ("Confirm", "Your address is confirmed"),
    "reset-password": ("Set password", "Your password is changed"),
    "cancel-deletion": ("Keep my account", "Your account stays"),
    "undo-email-change": ("Undo the change", "Your address is restored"),
    "end-session": ("Sign it out", "The device is signed out"),
}
NEW_PASSWORD = "purple otters juggle nightly"


def run(report: Report, browser: Browser, cloud: Cloud, axe: Path | None, pictures: Path | None) -> None:
    """Uses them, and looks at each on all screens."""
    print("Pages")
    for name in FORMS:
        with report.step(f"a broken link of {name} says what to do next"):
            answer = browser.new_page().goto(f"{cloud.url}/{name}?token=broken")
            expect(answer.status == 400 and answer.frame.locator("main p").count(), answer.status)
    with report.step("a registration is confirmed by keyboard, without script"):
        confirm_by_keyboard(browser, cloud)
    urls = addresses(cloud)
    for name, url in urls.items():
        with report.step(f"{name} is for everybody: {', '.join(SCREENS)}; {', '.join(SCHEMES)}"):
            for screen, size in SCREENS.items():
                for scheme in SCHEMES:
                    pictured = pictures and (screen, scheme) in PICTURED
                    picture = pictures / f"{name}-{screen}.png" if pictured else None
                    look(browser, url, size, scheme, axe, picture)
    for name, (button, says) in FORMS.items():
        with report.step(f"the form of {name} leads to a page that can be loaded again, and is gone with its link"):
            submit(browser, cloud, urls[name], button, says)


def addresses(cloud: Cloud) -> dict[str, str]:
    """Every page that can be looked at: those of mailed links, and what a broken link says."""
    bea, dora, gus = "bea@example.com", "dora@example.com", "gus@example.com"
    cloud.register(bea)
    cloud.new_account(dora)
    cloud.post("/api/auth/password-reset", {"email": dora})
    reset = cloud.link(dora, "/reset-password")
    # Another account, since a new password takes a deletion back.
    cloud.post("/api/auth/me", {}, cloud.new_account(gus)["access"], "DELETE")
    cloud.post("/api/auth/token", {"login": cloud.new_account("fay@example.com")["user"]["email"], "password": PASSWORD})
    end_session = cloud.link("fay@example.com", "/end-session")
    cloud.move("eve@example.com", "eve@example.net")
    return {
        "confirm-email": cloud.link(bea, "/confirm-email"),
        "reset-password": reset,
        "cancel-deletion": cloud.link(gus, "/cancel-deletion"),
        "undo-email-change": cloud.link("eve@example.com", "/undo-email-change"),
        "end-session": end_session,
        "password-changed": f"{cloud.url}/password-changed",
        "email-restored": f"{cloud.url}/undo-email-change?done=yes",
        "broken-link": f"{cloud.url}/confirm-email?token=broken",
    }


def confirm_by_keyboard(browser: Browser, cloud: Cloud) -> None:
    """Type, Enter: a wrong password first. The field has the focus from the beginning."""
    cloud.register("cyd@example.com")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(cloud.link("cyd@example.com", "/confirm-email"))
    page.keyboard.type("not the password")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    expect(page.get_by_label("Password").get_attribute("aria-invalid") == "true")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Your address is confirmed").wait_for()
    context.close()


def submit(browser: Browser, cloud: Cloud, url: str, button: str, says: str) -> None:
    """Sends one form, loads the page that it leads to again, and opens the link once more."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(url)
    field = page.locator("input[type=password]")
    if field.count():
        fits = "document.activeElement === document.querySelector('input[type=password]')"
        expect(page.evaluate(fits), "the only field has no focus")
        manager = page.locator("input[autocomplete=username]")
        expect("@" in manager.input_value() and not manager.is_visible(), "whose password it is")
        field.fill(PASSWORD if "confirm-email" in url else NEW_PASSWORD)
    page.get_by_role("button", name=button).click()
    page.get_by_role("heading", name=says).wait_for()
    expect("token" not in page.url and "lk" not in page.url.removeprefix(cloud.url), page.url)
    methods: list[str] = []
    page.on("request", lambda request: methods.append(request.method))
    page.reload()
    page.get_by_role("heading", name=says).wait_for()
    expect(set(methods) == {"GET"}, methods)
    answer = page.goto(url)
    expect((answer.status, page.locator("form").count()) == (400, 0), f"{answer.status} with a form")
    context.close()


def look(browser: Browser, url: str, size: dict, scheme: str, axe: Path | None, picture: Path | None) -> None:
    """One page on one screen."""
    context = browser.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: complaints.append(request.url) if request.url != url else None)
    answer = page.goto(url)
    expected = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
    expect(expected.items() <= answer.headers.items(), answer.headers)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    expect(wide <= 0, f"{wide} pixels too wide")
    if picture:
        picture.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=picture)
    # A 400 is what a broken link is answered with; Chromium notes it on the console.
    complaints = [one for one in complaints if "the server responded with a status of 4" not in one and "favicon" not in one]
    expect(not complaints, complaints)
    context.close()
    if axe:
        judge(browser, url, size, scheme, axe)


def judge(browser: Browser, url: str, size: dict, scheme: str, axe: Path) -> None:
    """What axe-core finds. The page's own policy would keep its script out."""
    context = browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True)
    page: Page = context.new_page()
    page.goto(url)
    page.add_script_tag(path=axe)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = page.evaluate("tags => axe.run({runOnly: tags})", tags)
    context.close()
    expect(found["passes"], "axe-core judged nothing")
    told = [f"{one['id']}: {one['nodes'][0]['html']}" for one in found["violations"]]
    expect(not told, told)
