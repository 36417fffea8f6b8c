"""What Schemathesis is told about this API: who asks, and from where; and what is kept of each case.

Every request comes from an address of its own, or the limits would answer most of them; and where a user must be signed
in, one is, in a session that is alive: another user follows as soon as a case has ended the session or the account.
"""

import ast
import itertools
import json
import os
import queue
import random
import sys
import threading
import time
from pathlib import Path

import schemathesis

sys.path.append(str(Path(__file__).resolve().parents[1] / "product"))

from cloud import Cloud

CLOUD = Cloud.at(os.environ["FUZZED_URL"])
# Cases change what a user has, so each is used for so many seconds at most.
SECONDS = 20
# What ends the session that asks for it, or all that it may do.
ENDING = {"sign_out", "delete_account", "create_data_request", "change_password"}
# What stands for the session until a case is sent: many are made before the first of them is, and may end it.
A_SESSION = "Bearer of a session"


def one_at_a_time(act):
    """The same, never by two threads at once."""
    lock = threading.Lock()

    def locked(*arguments, **named):
        with lock:
            return act(*arguments, **named)

    return locked


# Hypothesis parses source while it draws, and some CPython 3.11 raise a SystemError where two workers parse at once.
ast.parse = one_at_a_time(ast.parse)


class Users:
    """Users who have just made an account, made ahead of the cases that need one."""

    def __init__(self) -> None:
        self._made = queue.Queue(maxsize=6)
        self._of_thread = threading.local()
        for _ in range(2):
            threading.Thread(target=self._make, daemon=True).start()

    def _make(self) -> None:
        for number in itertools.count():
            name = f"fuzzed-{os.getpid()}-{threading.get_ident()}-{number}@example.com"
            self._made.put(CLOUD.new_account(name)["access"])

    def current(self) -> str:
        """The access token of a user of this worker alone."""
        if time.monotonic() > getattr(self._of_thread, "until", 0):
            self._of_thread.access = self._made.get(timeout=120)
            self._of_thread.until = time.monotonic() + SECONDS
        return self._of_thread.access

    def forget(self) -> None:
        """The next case has another user."""
        self._of_thread.until = 0


class Cases:
    """What became of each case, a line for each."""

    def __init__(self, path: str) -> None:
        self._file = Path(path).open("a")
        self._lock = threading.Lock()

    def add(self, case: schemathesis.Case, status: int | None, request_id: str | None) -> None:
        """Keeps one."""
        line = {
            "operation": operation_of(case),
            "needs_user": needs_user(case),
            "has_session": "Authorization" in (case.headers or {}),
            "status": status,
            "request_id": request_id,
        }
        with self._lock:
            print(json.dumps(line), file=self._file, flush=True)


USERS = Users()
CASES = Cases(os.environ["FUZZED_CASES"])


def operation_of(case: schemathesis.Case) -> str:
    return case.operation.definition.raw["operationId"]


def needs_user(case: schemathesis.Case) -> bool:
    return bool(case.operation.definition.raw.get("security"))


@schemathesis.auth(refresh_interval=None)
class SignedIn:
    """A session that is alive, where the document asks for one."""

    def get(self, case: schemathesis.Case, _context: schemathesis.AuthContext) -> str | None:
        return A_SESSION if needs_user(case) else None

    def set(self, case: schemathesis.Case, session: str | None, _context: schemathesis.AuthContext) -> None:
        if session:
            case.headers["Authorization"] = session


@schemathesis.hook
def before_call(_context: schemathesis.HookContext, case: schemathesis.Case, _arguments: dict) -> None:
    """Chooses the session and the address that the request comes from."""
    if case.headers.get("Authorization") == A_SESSION:
        case.headers["Authorization"] = f"Bearer {USERS.current()}"
    case.headers["X-Local-Source-Address"] = ".".join(str(random.randrange(1, 224)) for _ in range(4))


@schemathesis.hook
def after_call(_context: schemathesis.HookContext, case: schemathesis.Case, response: schemathesis.Response) -> None:
    """Keeps what became of the case."""
    CASES.add(case, response.status_code, next(iter(response.headers.get("x-request-id") or []), None))
    ended = response.status_code in (401, 403) or operation_of(case) in ENDING and response.status_code < 300
    if needs_user(case) and ended:
        USERS.forget()


@schemathesis.hook
def after_network_error(_context: schemathesis.HookContext, case: schemathesis.Case, _request: object) -> None:
    """One without an answer is a case as well."""
    CASES.add(case, None, None)
