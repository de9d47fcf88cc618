"""Where things are: one page of paths, and the one kind of error that a person is meant to read."""

from __future__ import annotations

import os
import platform
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "infra" / "template.yaml"
TARGET = ROOT / "target"

#: What cargo builds. People and CI set CARGO_TARGET_DIR; everything else stays under target/.
CARGO_TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or TARGET).resolve()

#: Everything that a running laptop cloud writes.
LOCAL = TARGET / "local"
#: Zips for AWS, where the template looks for them.
PACKAGES = TARGET / "package"

REGION = "eu-west-3"
#: The stand-in's own root key: what it signs with opens nothing anywhere else.
ACCESS_KEY = "test"
SECRET_KEY = "test"

#: Functions by the name of their folder; the template's logical id and the binary follow from it.
FUNCTIONS = ("poll", "archive", "push-status", "reconcile", "probe")


class Trouble(Exception):
    """Something that a person can mend. Its text is printed as it is, without a trace."""


def binary_name(function: str) -> str:
    return f"relais-{function}"


def logical_id(function: str) -> str:
    return "".join(part.capitalize() for part in function.split("-")) + "Function"


def this_architecture() -> str:
    """The template's name for the processor of this machine."""
    machine = platform.machine().lower()
    if machine in ("arm64", "aarch64"):
        return "arm64"
    if machine in ("x86_64", "amd64"):
        return "x86_64"
    raise Trouble(f"This machine's processor ({machine}) is neither x86_64 nor arm64: Lambda knows no other.")


def shown(path: Path) -> str:
    """A path as a person types it from the root of the repository."""
    try:
        return str(path.relative_to(ROOT))
    except ValueError:
        return str(path)
