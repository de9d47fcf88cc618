"""Background processes that outlive a command: started apart, remembered in a file, ended for certain."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from .places import Trouble, shown

#: What this very program started, so that it is also the one to collect it.
_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def must_be_free(port: int, what: str, variable: str) -> None:
    """One clear line when another program listens there already."""
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise Trouble(
                f"Port {port}, meant for {what}, is taken by another program. Stop it (make down, if it is an earlier laptop cloud), "
                f"or choose another: make ... {variable}={port + 1}"
            )


def start(name: str, command: list[str], environment: dict[str, str], folder: Path, facts: dict) -> int:
    """Starts `command` with exactly this environment, logs to `{name}.log`, and remembers it in `{name}.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{name}.log", "ab") as log:
        # A session of its own: a signal to its group later reaches what it started as well, and Ctrl-C in the terminal does not.
        child = subprocess.Popen(
            command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    _CHILDREN[child.pid] = child
    record = {"pid": child.pid, "born": _born(child.pid), **facts}
    (folder / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")
    return child.pid


def recall(name: str, folder: Path) -> dict | None:
    """What `start` noted, while that very process is still alive."""
    with contextlib.suppress(OSError, ValueError):
        record = json.loads((folder / f"{name}.json").read_text())
        if record["born"] is not None and _born(record["pid"]) == record["born"]:
            return record
    return None


def stop(name: str, folder: Path, patience: float = 8.0) -> bool:
    """Ends the process and all of its group. True when there was something to end."""
    record = recall(name, folder)
    found = record is not None
    if record is not None:
        _end_group(record["pid"], patience)
        child = _CHILDREN.pop(record["pid"], None)
        if child:
            child.wait(timeout=patience)
    with contextlib.suppress(FileNotFoundError):
        (folder / f"{name}.json").unlink()
    return found


def wait_until(ready, name: str, folder: Path, patience: float) -> None:
    """Waits for `ready()`; says what the log said when the process died or the time is up."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if ready():
            return
        if recall(name, folder) is None:
            break
        time.sleep(0.05)
    log = folder / f"{name}.log"
    last = log.read_text(errors="replace").strip().splitlines()[-1:] if log.exists() else []
    raise Trouble(f"{name} did not start. Its last line: {' '.join(last) or '(none)'}. All of it: {shown(log)}")


def _end_group(leader: int, patience: float) -> None:
    for signum, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 2.0)):
        try:
            os.killpg(leader, signum)
        except (ProcessLookupError, PermissionError):
            return
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if leader in _CHILDREN:
                _CHILDREN[leader].poll()
            if not _group_lives(leader):
                return
            time.sleep(0.03)


def _group_lives(leader: int) -> bool:
    """Whether a process of the group still runs. One that has ended but that nobody collected yet does not count."""
    if not Path("/proc/self/stat").exists():
        try:
            os.killpg(leader, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            line = stat.read_text()
            state, _, group, *_ = line[line.rindex(")") + 2 :].split()
            if int(group) == leader and state not in ("Z", "X"):
                return True
    return False


def _born(pid: int) -> str | None:
    """When a process began, as the system writes it: a pid alone may belong to somebody else by now."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text()
        state, *rest = line[line.rindex(")") + 2 :].split()
        return None if state in ("Z", "X") else rest[18]
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return None
    except (OSError, ValueError):
        return None
    shown_by_ps = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown_by_ps.stdout.strip() or None
