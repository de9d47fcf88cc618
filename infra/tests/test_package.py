"""What provided.al2023 could not load never becomes a zip."""

from __future__ import annotations

import contextlib
import io
import struct
import tempfile
import unittest
import zipfile
from pathlib import Path

from infra.local import elf, package
from infra.local.places import Trouble


def binary(glibc: str, machine: int = 62) -> bytes:
    """The smallest ELF file that asks for one glibc version: a header, its version section and its strings."""
    strings = b"\0libc.so.6\0" + f"GLIBC_2.2.5\0GLIBC_{glibc}\0".encode()
    older, newer = strings.index(b"GLIBC_2.2.5"), strings.rindex(b"GLIBC_")
    library = struct.pack("<HHIII", 1, 2, 1, 16, 0)
    versions = struct.pack("<IHHII", 0, 0, 1, newer, 16) + struct.pack("<IHHII", 0, 0, 2, older, 0)
    wanted, text = 64, 64 + len(library) + len(versions)
    table = text + len(strings)
    sections = struct.pack("<IIQQQQIIQQ", 0, 0x6FFFFFFE, 0, 0, wanted, len(library) + len(versions), 1, 1, 4, 0)
    sections += struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, text, len(strings), 0, 0, 1, 0)
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 0, table, 0, 64, 0, 0, 64, 2, 0)
    return header + library + versions + strings + sections


class Binaries(unittest.TestCase):
    def check(self, data: bytes, architecture: str = "x86_64") -> None:
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            path = Path(folder) / "relais-poll"
            path.write_bytes(data)
            package._must_run_on_lambda(path, architecture)

    def test_the_newest_version_asked_for_is_found_by_number_and_not_by_letter(self) -> None:
        self.assertEqual(elf.newest_glibc(binary("2.34")), (2, 34))
        self.assertEqual(elf.newest_glibc(binary("2.9")), (2, 9))

    def test_a_binary_within_the_glibc_of_amazon_linux_passes(self) -> None:
        self.check(binary("2.34"))
        self.check(binary("2.34", machine=183), "arm64")

    def test_a_binary_that_asks_for_a_newer_glibc_is_refused_with_the_way_out(self) -> None:
        with self.assertRaisesRegex(Trouble, "asks for glibc 2.36; provided.al2023 has 2.34"):
            self.check(binary("2.36"))

    def test_a_binary_for_the_other_processor_is_refused(self) -> None:
        with self.assertRaisesRegex(Trouble, "is for x86_64, not for arm64"):
            self.check(binary("2.34"), "arm64")

    def test_a_script_is_refused(self) -> None:
        with self.assertRaisesRegex(Trouble, "not a 64-bit little-endian ELF binary"):
            self.check(b"#!/bin/sh\n")


class Zips(unittest.TestCase):
    def test_a_zip_holds_one_executable_bootstrap_and_is_the_same_each_time(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "binary").write_bytes(b"\x7fELF and so on")
            for made in ("one.zip", "two.zip"):
                package.write_zip(folder / "binary", folder / made, zipfile.ZIP_DEFLATED)
            self.assertEqual((folder / "one.zip").read_bytes(), (folder / "two.zip").read_bytes())
            (member,) = zipfile.ZipFile(folder / "one.zip").infolist()
            self.assertEqual((member.filename, member.external_attr >> 16), ("bootstrap", 0o100755))


if __name__ == "__main__":
    unittest.main()
