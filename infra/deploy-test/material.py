"""Secrets as files, until functions read them from Secrets Manager."""

import base64
import json
import secrets
import subprocess
from pathlib import Path


def generate(folder: Path) -> None:
    folder.mkdir()
    key = lambda: base64.b64encode(secrets.token_bytes(32)).decode()
    rsa = subprocess.run(
        "openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 | openssl pkcs8 -topk8 -nocrypt -outform DER",
        shell=True, check=True, capture_output=True).stdout
    signing = {"keys": [{"state": "current", "pkcs8": base64.b64encode(rsa).decode()}]}
    for name, value in {"pepper": {"versions": {"1": key()}}, "sealing": {"keys": {"1": key()}, "lookup": key()},
                        "signing": signing}.items():
        (folder / f"{name}.json").write_text(json.dumps(value))
