"""Zips of the functions: `bootstrap` with its execute bit and nothing else, in a form that provided.al2023 can load."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from . import elf
from .places import CARGO_TARGET, FUNCTIONS, LOCAL, PACKAGES, Trouble, binary_name, shown, this_architecture

#: glibc of Amazon Linux 2023. A binary that asks for more does not start there.
NEWEST_GLIBC = (2, 34)
TRIPLES = {"arm64": "aarch64-unknown-linux-gnu", "x86_64": "x86_64-unknown-linux-gnu"}


def for_aws(architecture: str, profile: str = "release") -> list[Path]:
    """Builds and zips every function for AWS. What could not run there is refused here."""
    folder = _build(architecture, profile)
    made = []
    for function in FUNCTIONS:
        binary = folder / binary_name(function)
        _must_run_on_lambda(binary, architecture)
        target = PACKAGES / f"{function}.zip"
        write_zip(binary, target, zipfile.ZIP_DEFLATED)
        made.append(target)
    return made


def for_laptop() -> dict[str, Path]:
    """Zips of the test build's own binaries, as they are; a zip is made once for a binary."""
    zips = {}
    for function in FUNCTIONS:
        binary = CARGO_TARGET / "debug" / binary_name(function)
        if not binary.exists():
            raise Trouble(f"{shown(binary)} is not there yet. `make build` makes it.")
        target = LOCAL / "zips" / f"{function}.zip"
        if not target.exists() or target.stat().st_mtime_ns < binary.stat().st_mtime_ns:
            write_zip(binary, target, zipfile.ZIP_STORED)
        zips[function] = target
    return zips


def write_zip(binary: Path, target: Path, compression: int) -> None:
    """One member, one date: the same binary gives the same zip, so that a deployment without changes changes nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    member = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
    member.create_system = 3
    member.external_attr = 0o100755 << 16
    member.compress_type = compression
    unfinished = target.with_suffix(f".{os.getpid()}.tmp")
    with zipfile.ZipFile(unfinished, "w") as archive:
        archive.writestr(member, binary.read_bytes(), compresslevel=9 if compression == zipfile.ZIP_DEFLATED else None)
    unfinished.replace(target)


def _build(architecture: str, profile: str) -> Path:
    """Runs cargo for that architecture and returns the folder of the binaries."""
    crates = [argument for function in FUNCTIONS for argument in ("-p", binary_name(function))]
    options = ["--locked", "--profile", profile, *crates]
    folder = "debug" if profile == "dev" else profile
    if sys.platform == "linux" and architecture == this_architecture():
        _run(["cargo", "build", *options], {})
        return CARGO_TARGET / folder
    triple = TRIPLES[architecture]
    command, environment = _cross_command(architecture, triple)
    _run([*command, *options], environment)
    return CARGO_TARGET / triple / folder


def _cross_command(architecture: str, triple: str) -> tuple[list[str], dict[str, str]]:
    other = this_architecture()
    otherwise = f"Or build for this machine's processor: make package ARCH={other}, and deploy with Architecture={other}."
    if not _has_standard_library(triple):
        raise Trouble(
            f"This machine's Rust cannot build for {architecture}: the target {triple} is not installed. "
            f"Add it: rustup target add {triple}. {otherwise}"
        )
    if shutil.which("cargo-zigbuild"):
        return ["cargo", "zigbuild", "--target", f"{triple}.{'.'.join(map(str, NEWEST_GLIBC))}"], {}
    linker = f"{triple.split('-')[0]}-linux-gnu-gcc"
    if shutil.which(linker):
        return ["cargo", "build", "--target", triple], {
            f"CARGO_TARGET_{triple.upper().replace('-', '_')}_LINKER": linker,
            f"CC_{triple.replace('-', '_')}": linker,
        }
    raise Trouble(
        f"To link for {architecture} on this machine, install cargo-zigbuild (pip install cargo-zigbuild ziglang) or {linker}. {otherwise}"
    )


def _has_standard_library(triple: str) -> bool:
    sysroot = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True).stdout.strip()
    return any((Path(sysroot) / "lib" / "rustlib" / triple / "lib").glob("libstd-*"))


def _must_run_on_lambda(binary: Path, architecture: str) -> None:
    data = elf.read(binary)
    try:
        machine, glibc = elf.machine(data), elf.newest_glibc(data)
    except elf.NotElf as problem:
        raise Trouble(f"{shown(binary)} is {problem}: Lambda could not start it.") from problem
    if machine != architecture:
        raise Trouble(f"{shown(binary)} is for {machine}, not for {architecture}.")
    if glibc > NEWEST_GLIBC:
        raise Trouble(
            f"{shown(binary)} asks for glibc {_dotted(glibc)}; provided.al2023 has {_dotted(NEWEST_GLIBC)}, so it would not start there. "
            f"Build on a system with an older glibc (Debian 12 will do), or with cargo-zigbuild."
        )
    print(f"{binary.name}: {machine}, glibc {_dotted(glibc)}, {len(data) / 1e6:.1f} MB")


def _run(command: list[str], environment: dict[str, str]) -> None:
    if subprocess.run(command, env={**os.environ, **environment}, check=False).returncode != 0:
        raise Trouble("cargo could not build the functions; its own words are above.")


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
