"""The mails that SES took."""

import json
import re
import urllib.request

from local_aws import LocalAws
from steps import expect, wait_for


class Mailbox:
    """Reads what ministack's SES keeps."""

    def __init__(self, aws: LocalAws) -> None:
        self._url = f"{aws.url}/_ministack/ses/messages"

    def mails_to(self, address: str) -> list[dict]:
        """All mails to an address, in the order they were sent."""
        with urllib.request.urlopen(self._url, timeout=10) as answer:
            accounts = json.load(answer)["messages"]
        return [mail for mails in accounts.values() for mail in mails if mail["To"] == [address]]

    def wait_for(self, address: str, count: int, sender: str, seconds: float = 20) -> dict:
        """The `count`-th mail to an address, once it is there."""
        mails = wait_for(f"mail {count} to {address}", lambda: self.mails_to(address)[count - 1:], seconds)
        expect(mails[0]["Source"] == sender, f"the sender is {mails[0]['Source']}")
        return mails[0]


def code_in(mail: dict) -> str:
    """The code of eight digits, as it is shown."""
    found = re.search(r"\b\d{4} \d{4}\b", mail["BodyText"])
    expect(found, "the mail has no code")
    return found[0]


def path_in(mail: dict, public_url: str) -> str:
    """The path and query of the first link to us."""
    found = re.search(re.escape(public_url) + r"(/\S+)", mail["BodyText"])
    expect(found, f"the mail has no link to {public_url}")
    return found[1]
