"""Runs a command until standard input ends: whoever holds the other end of that pipe holds the command's life.

A test that is killed cannot clean up, but its pipes close. So nothing outlives it, however it ends.
"""

import os
import signal
import subprocess
import sys
import threading

GRACE_SECONDS = 5


def main() -> int:
    # Ctrl-C reaches a terminal's whole process group; this one has to outlive it, to end the others.
    os.setsid()
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    threading.Thread(target=wait_for_the_end_of_input, args=(command,), daemon=True).start()
    status = command.wait()
    # The command's own children, the functions, are in the same group.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)
    return status


def wait_for_the_end_of_input(command: subprocess.Popen) -> None:
    sys.stdin.buffer.read()
    command.terminate()
    try:
        command.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        command.kill()


if __name__ == "__main__":
    sys.exit(main())
