"""Another cargo at work in the same checkout, as `make test` is in another terminal."""

import fcntl
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def another_cargo(repository: Path):
    """Holds the lock of the build folder, as a cargo does that compiles: whoever asks cargo for anything waits."""
    with (repository / "target/debug/.cargo-lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
