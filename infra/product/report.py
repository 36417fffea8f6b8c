"""What was tried, and how it went."""

from contextlib import contextmanager


class Report:
    """Prints each step and counts."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0

    @contextmanager
    def step(self, what: str):
        """One thing that must hold; the next is tried whether or not it does."""
        try:
            yield
        except Exception as error:  # noqa: BLE001, what fails is told, whatever it is
            self.failed += 1
            print(f"  FAILED  {what}\n          {type(error).__name__}: {error}", flush=True)
        else:
            self.passed += 1
            print(f"  ok      {what}", flush=True)


def expect(holds: object, otherwise: object = "it does not hold") -> None:
    """Fails the step unless it holds."""
    if not holds:
        raise AssertionError(otherwise)
