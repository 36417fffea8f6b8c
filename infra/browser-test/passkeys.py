"""Passkeys: a browser with an authenticator makes them and uses them, on the page that the local cloud has for it."""

import re

from playwright.sync_api import CDPSession, Page
from playwright.sync_api import expect as eventually

from cloud import PASSWORD, Cloud
from report import Report, expect

EVE = "pia@example.com"

# An authenticator of the device itself, as a phone or a laptop has one.
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def run(report: Report, browser, cloud: Cloud) -> None:
    """Every step, in one browser."""
    print("Passkeys")
    cloud.new_account(EVE)
    context = browser.new_context()
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    device = add(devtools)
    page.goto(f"{cloud.url}/_local/passkeys")
    with report.step("a person who is signed in enrols a passkey, and gets recovery codes"):
        sign_in(page)
        enrolled = press(page, "Enrol a passkey")
        expect(enrolled.startswith("201") and "recovery_codes" in enrolled, enrolled)
        held = devtools.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
        expect(len(held) == 1 and held[0]["isResidentCredential"] and held[0]["rpId"] == "localhost", held)
    with report.step("the same device makes no second one"):
        again = press(page, "Enrol a passkey")
        expect("InvalidStateError" in again or "NotAllowedError" in again, again)
    with report.step("it signs in with nothing typed, after a reload, and the session has shown two factors"):
        page.reload()
        answer = press(page, "Sign in with a passkey")
        expect(answer.startswith("200") and EVE in answer, answer)
        expect(press(page, "My passkeys").count('"last_used_at": "20') == 1)
        expect(press(page, "Step up with a passkey").startswith("204"))
    with report.step("after the password it is the second factor"):
        page.reload()
        first = sign_in(page)
        expect("mfa_required" in first and '"passkey"' in first, first)
        answer = press(page, "Second step with a passkey")
        expect(answer.startswith("200") and EVE in answer, answer)
    with report.step("an authenticator that does not verify its user signs nobody in alone"):
        page.reload()
        devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
        answer = press(page, "Sign in with a passkey")
        expect("NotAllowedError" in answer, answer)
        devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    with report.step("a device that does not have it has nothing to show"):
        devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})
        add(devtools)
        answer = press(page, "Sign in with a passkey")
        expect("NotAllowedError" in answer, answer)
    context.close()


def add(devtools: CDPSession) -> str:
    """A new authenticator, which has nothing yet."""
    return devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})["authenticatorId"]


def sign_in(page: Page) -> str:
    """Signs in with the password; the answer."""
    page.get_by_label("Login").fill(EVE)
    page.get_by_label("Password").fill(PASSWORD)
    return press(page, "Sign in with the password")


def press(page: Page, button: str) -> str:
    """Presses a button and waits for what the page says then: the status and the answer, or the browser's refusal."""
    page.get_by_role("button", name=button, exact=True).click()
    said = page.get_by_role("status")
    # The page says "…" while it asks. Its policy lets no test evaluate anything in it.
    eventually(said).to_have_text(re.compile(r"\w"), timeout=30_000)
    return said.text_content() or ""
