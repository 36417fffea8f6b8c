"""Facebook, whose two users let our client ask for them: one gave it an email address, the other none."""

import json
import re
from urllib.parse import parse_qs, urlsplit

from stand_in import Answer, Asked, StandIn

CLIENT, SECRET = "app-of-the-journey", "secret-of-the-app"
VIA, WIM = "token-of-via", "token-of-wim"
USERS = {
    VIA: {"id": "8123456789012345", "name": "Via Facebook", "email": "via@example.com"},
    WIM: {"id": "8123456789012346", "name": "Wim Facebook"},
}


class Facebook(StandIn):
    """Its pages and its API on one port."""

    def __init__(self) -> None:
        super().__init__(answer)
        url = f"http://127.0.0.1:{self.port}"
        self.client = {"client_id": CLIENT, "client_secret": SECRET, "url": url, "api_url": url}


def answer(asked: Asked) -> Answer:
    """The batch of two requests by which an access token is checked."""
    form = parse_qs(asked.body.decode())
    ours = form.get("access_token") == [f"{CLIENT}|{SECRET}"]
    if not ours or not re.fullmatch(r"/v[0-9.]+/", asked.path):
        return 400, {}, b"{}"
    parts = [part(urlsplit(one["relative_url"])) for one in json.loads(form["batch"][0])]
    told = [{"code": 200, "body": json.dumps(content)} for content in parts]
    return 200, {"content-type": "application/json"}, json.dumps(told).encode()


def part(wanted) -> dict:
    """What is said of a token, or of the user it is about."""
    asked = {name: values[0] for name, values in parse_qs(wanted.query).items()}
    if wanted.path == "debug_token":
        user = USERS.get(asked["input_token"])
        return {"data": {"app_id": CLIENT, "is_valid": True, "user_id": user["id"]} if user else {"is_valid": False}}
    return USERS.get(asked["access_token"], {"id": ""})
