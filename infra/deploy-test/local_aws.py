"""An AWS on this machine: ministack, bound to 127.0.0.1, and clients that can reach nothing else."""

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.config import Config

from steps import Unexpected, wait_for

REGION = "eu-west-1"
# ministack's name of an account's root user. Only the deployment and the test's own looking around are root; the
# functions run under the roles of the template.
ROOT = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}

# The SDK's other sources of an account, closed.
NO_ACCOUNT = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def forget_the_callers_account() -> None:
    """Nothing of the caller's own AWS is left in this process, so that no mistake reaches a real account."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ.update(NO_ACCOUNT)


@dataclass(frozen=True)
class LocalAws:
    """A running one."""

    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str):
        """A client of one of its services."""
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id=ROOT["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=ROOT["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"max_attempts": 1}, read_timeout=60),
        )

    def environment(self) -> dict[str, str]:
        """For commands that talk to it, and for ministack, whose functions inherit it."""
        bare = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SSL_CERT_FILE") if name in os.environ}
        return bare | ROOT | {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        } | NO_ACCOUNT


@contextmanager
def running(folder: Path, port: int) -> Iterator[LocalAws]:
    """Starts it, and ends it and all its functions whatever happens."""
    aws = LocalAws(port or free_port(), folder)
    scratch = folder / "tmp"
    scratch.mkdir(parents=True)
    environment = aws.environment() | {
        "GATEWAY_PORT": str(aws.port),
        # Its default is every interface, and it opens ports for services that nobody here asks for.
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # Roles and policies are enforced: a function may do what the template allows it, and nothing else.
        "AUTH": "true",
        "TMPDIR": str(scratch),
    }
    leash_code = Path(__file__).with_name("leash.py")
    log = folder / "ministack.log"
    with log.open("wb") as output, subprocess.Popen(
        [sys.executable, leash_code, sys.executable, "-m", "ministack"],
        stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=folder,
    ) as leash:
        try:
            wait_for(f"ministack answers (its log: {log})", lambda: answers(aws, leash), 30)
            yield aws
        finally:
            leash.stdin.close()
            leash.wait()


def answers(aws: LocalAws, leash: subprocess.Popen) -> bool:
    if leash.poll() is not None:
        raise Unexpected(f"ministack ended at once: {(aws.folder / 'ministack.log').read_text()[-2000:]}")
    try:
        with urllib.request.urlopen(f"{aws.url}/_ministack/health", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
