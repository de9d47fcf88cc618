"""Reads from a Linux binary which machine it is for and which glibc it asks of it, without any tool installed."""

from __future__ import annotations

import struct
from pathlib import Path

_MACHINES = {62: "x86_64", 183: "arm64"}
_VERSIONS_NEEDED = 0x6FFFFFFE


class NotElf(ValueError):
    """The file is not a 64-bit little-endian Linux binary."""


def machine(data: bytes) -> str:
    _check(data)
    return _MACHINES.get(struct.unpack_from("<H", data, 18)[0], "another processor")


def newest_glibc(data: bytes) -> tuple[int, ...]:
    """The highest GLIBC_x.y version that the binary's symbols ask for; (0,) for a static one."""
    _check(data)
    newest: tuple[int, ...] = (0,)
    for name in _versions_needed(data):
        if name.startswith("GLIBC_") and name[6:7].isdigit():
            newest = max(newest, tuple(int(part) for part in name[6:].split(".")))
    return newest


def read(path: Path) -> bytes:
    return path.read_bytes()


def _check(data: bytes) -> None:
    if data[:6] != b"\x7fELF\x02\x01":
        raise NotElf("not a 64-bit little-endian ELF binary")


def _versions_needed(data: bytes):
    """Names in the .gnu.version_r section: what this binary wants of which library."""
    table, entry_size, count = struct.unpack_from("<Q", data, 40)[0], *struct.unpack_from("<HH", data, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, table + index * entry_size) for index in range(count)]
    for section in sections:
        if section[1] != _VERSIONS_NEEDED:
            continue
        strings = sections[section[6]][4]
        library = section[4]
        while True:
            _, names, _, first, following = struct.unpack_from("<HHIII", data, library)
            version = library + first
            for _ in range(names):
                name, next_version = struct.unpack_from("<II", data, version + 8)
                begin = strings + name
                yield data[begin : data.index(b"\0", begin)].decode("ascii")
                version += next_version
            if following == 0:
                break
            library += following
