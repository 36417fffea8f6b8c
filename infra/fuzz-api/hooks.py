"""What Schemathesis is told about this API: who asks, and from where.

Every request comes from an address of its own, or the limits would answer most of them; and where a person must be
signed in, a person is: a new one every few seconds, since some of the operations end sessions and accounts.
"""

import itertools
import os
import random
import sys
from pathlib import Path

import schemathesis

sys.path.append(str(Path(__file__).resolve().parents[1] / "product"))

from cloud import Cloud

CLOUD = Cloud.at(os.environ["FUZZED_URL"])
NUMBERS = itertools.count()


@schemathesis.auth(refresh_interval=5)
class Person:
    """A person who has just made an account."""

    def get(self, _case: schemathesis.Case, _context: schemathesis.AuthContext) -> str:
        return CLOUD.new_account(f"fuzzed-{os.getpid()}-{next(NUMBERS)}@example.com")["access"]

    def set(self, case: schemathesis.Case, access: str, _context: schemathesis.AuthContext) -> None:
        if case.operation.definition.raw.get("security"):
            case.headers["Authorization"] = f"Bearer {access}"


@schemathesis.hook
def before_call(_context: schemathesis.HookContext, case: schemathesis.Case, _arguments: dict) -> None:
    """Chooses the address that the request comes from."""
    case.headers["X-Local-Source-Address"] = ".".join(str(random.randrange(1, 224)) for _ in range(4))
