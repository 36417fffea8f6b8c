"""Every mail as a mail program shows it: light and dark, wide and narrow, and without its pictures."""

from pathlib import Path

from playwright.sync_api import Browser

from report import Report, expect

SCREENS = {"desktop": 640, "phone": 390}
SCHEMES = ("light", "dark")
# Of these a picture is kept; the others show nothing that these do not.
PICTURED = ("confirm_registration", "new_sign_in", "password_set", "deletion_scheduled")


def run(report: Report, browser: Browser, mails: Path, pictures: Path | None) -> None:
    """Looks at the rendered mails."""
    print("Mails")
    for mail in sorted(mails.glob("*.html")):
        with report.step(f"{mail.stem} fits: {', '.join(SCREENS)}; {', '.join(SCHEMES)}"):
            for screen, width in SCREENS.items():
                for scheme in SCHEMES:
                    pictured = pictures and mail.stem in PICTURED and (screen == "phone") == (scheme == "dark")
                    picture = pictures / f"mail-{mail.stem}-{screen}.png" if pictured else None
                    look(browser, mail, width, scheme, picture)


def look(browser: Browser, mail: Path, width: int, scheme: str, picture: Path | None) -> None:
    """One mail on one screen."""
    context = browser.new_context(
        viewport={"width": width, "height": 400}, color_scheme=scheme, java_script_enabled=False, offline=True,
    )
    page = context.new_page()
    page.set_content(mail.read_text())
    if picture:
        picture.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=picture, full_page=True)
    box = page.locator("table").first.bounding_box()
    expect(box["width"] <= width, f"{box['width']} pixels wide")
    context.close()
