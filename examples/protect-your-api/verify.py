"""Verifies an access token of Latchkey without asking Latchkey about it.

python verify.py TOKEN ISSUER [AUDIENCE]   prints the claims, or why the token is refused (exit code 1)
"""

import json
import sys
import urllib.request

import jwt


def keys_of(issuer: str) -> jwt.PyJWKClient:
    """The issuer's keys. Call it once, at start: it caches them, and asks again when a token names a new one."""
    with urllib.request.urlopen(f"{issuer}/.well-known/openid-configuration", timeout=5) as answer:
        return jwt.PyJWKClient(json.load(answer)["jwks_uri"], timeout=5)


def verify(token: str, keys: jwt.PyJWKClient, issuer: str, audience: str) -> dict:
    """The claims of a good token. Never trust the token's own `alg`: only RS256 is asked for."""
    verified = jwt.decode_complete(
        token, keys.get_signing_key_from_jwt(token), algorithms=["RS256"], issuer=issuer, audience=audience,
        leeway=5, options={"require": ["aud", "exp", "iat", "iss", "sub"]},
    )
    if verified["header"].get("typ") != "at+jwt":
        raise jwt.InvalidTokenError("it is no access token: its typ is not at+jwt")
    return verified["payload"]


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    token, issuer, audience = sys.argv[1], sys.argv[2], sys.argv[-1] if len(sys.argv) == 4 else sys.argv[2]
    try:
        print(json.dumps(verify(token, keys_of(issuer), issuer, audience), indent=2))
    except (jwt.PyJWTError, OSError, ValueError, KeyError) as error:
        sys.exit(f"refused: {error}")
