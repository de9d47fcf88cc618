"""Runs the modules of end-to-end tests, some at the same time: most of their time goes by in waiting.

Each runs in a process of its own, in the one cloud that `make test-e2e` has started, and is printed whole when it ends.
"""

from __future__ import annotations

import concurrent.futures
import os
import subprocess
import sys
import time
from pathlib import Path

#: The longest first, so that none of them is waited for alone. A module that is not named here comes after them.
LONGEST = ("test_killed", "test_soak", "test_operator", "test_outage", "test_life", "test_alarms")
JOBS = int(os.environ.get("RELAIS_E2E_JOBS", "2"))


def modules() -> list[str]:
    names = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py"))
    return sorted(names, key=lambda name: LONGEST.index(name) if name in LONGEST else len(LONGEST))


def run(name: str) -> bool:
    began = time.monotonic()
    command = [sys.executable, "-m", "unittest", "-v", f"{__package__}.{name}"]
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    print(f"── {name}, {time.monotonic() - began:.0f} s\n{ended.stdout.rstrip()}\n", flush=True)
    return ended.returncode == 0


def main(chosen: list[str]) -> int:
    began = time.monotonic()
    names = chosen or modules()
    with concurrent.futures.ThreadPoolExecutor(max(1, JOBS)) as pool:
        passed = dict(zip(names, pool.map(run, names)))
    failed = [name for name, fine in passed.items() if not fine]
    print(f"{len(names)} modules in {time.monotonic() - began:.0f} s: {'failed: ' + ', '.join(failed) if failed else 'all passed'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
