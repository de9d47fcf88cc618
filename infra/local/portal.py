"""The portal's stand-in: one chorus-pro-sim process, and its control surface under /_sim/."""

from __future__ import annotations

import base64
import json
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import process
from .places import CARGO_TARGET, Trouble, shown

NAME = "chorus-pro-sim"


@dataclass(frozen=True)
class Options:
    """What a person may choose about the portal, as make hands it on."""

    invoices: int = 200
    documents: Path | None = None
    seed: int | None = None
    faults: Path | None = None
    journal: Path | None = None

    @staticmethod
    def from_environment() -> "Options":
        def file(name: str, what: str) -> Path | None:
            text = os.environ.get(name, "")
            if not text:
                return None
            path = Path(text).expanduser().resolve()
            if not path.exists():
                raise Trouble(f"{name}={text}: there is no such {what}.")
            return path

        journal = os.environ.get("JOURNAL", "")
        return Options(
            invoices=number("INVOICES", 200, 0),
            documents=file("DOCUMENTS", "folder"),
            seed=number("SEED", None, 0),
            faults=file("FAULTS", "file"),
            journal=Path(journal).expanduser().resolve() if journal else None,
        )


def number(name: str, default: int | None, least: int) -> int | None:
    """A number from the environment; make exports an empty text for what was not given."""
    text = os.environ.get(name, "")
    if not text:
        return default
    if not text.isdigit() or int(text) < least:
        raise Trouble(f"{name}={text} is not a number from {least} up.")
    return int(text)


@dataclass(frozen=True)
class Portal:
    folder: Path
    port: int
    journal: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def configuration(self) -> dict[str, Any]:
        """A ready configuration for Relais: the simulator's own establishments and technical accounts."""
        return self.get("/_sim/config")

    def get(self, path: str) -> Any:
        return self._call("GET", path, None)

    def put(self, path: str, body: Any) -> Any:
        return self._call("PUT", path, body)

    def post(self, path: str, body: Any = None) -> Any:
        return self._call("POST", path, body if body is not None else {})

    def invoices(self) -> list[dict[str, Any]]:
        """The portal's own list, with everything that its API never says."""
        return self.get("/_sim/invoices")["invoices"]

    def deposit(self, count: int) -> None:
        """Suppliers deposit so many invoices at this moment."""
        if count:
            self.post("/_sim/invoices", {"count": count})

    def deposit_one(self, invoice: dict[str, Any]) -> int:
        """A supplier deposits this invoice; what it does not say is invented."""
        return self.post("/_sim/invoices", invoice)["idFacture"]

    def act(self, id_facture: int, deed: str, body: dict[str, Any]) -> None:
        """`complete`, `recycle`, `pay`, `status` or `download`: what others than the recipient's ERP do with an invoice."""
        self.post(f"/_sim/invoices/{id_facture}/{deed}", body)

    def complete(self, id_facture: int, missing: str = "bon de commande") -> None:
        """The supplier adds what was missing to an invoice that the recipient suspended."""
        content = f"%PDF-1.4\n% {missing} de la facture {id_facture}\n%%EOF\n".encode()
        document = {"nomPJ": f"{missing}.pdf", "contenu": base64.b64encode(content).decode(), "typePJ": "02"}
        self.act(id_facture, "complete", {"commentaire": f"{missing} : joint.", "documents": [document]})

    def set_clock(self, instant: str) -> None:
        """The portal's clock shows this instant, and runs on from there."""
        self.post("/_sim/clock", {"set": instant})

    def calls(self) -> list[dict[str, Any]]:
        """The journal: one entry for each call that Relais made."""
        if not self.journal.exists():
            return []
        return [json.loads(line) for line in self.journal.read_text(encoding="utf-8").splitlines() if line]

    def _call(self, method: str, path: str, body: Any) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise Trouble(f"The portal's stand-in refused {method} {path}: {error.read().decode(errors='replace')[:300]}") from error
        return json.loads(text) if text else None


def start(folder: Path, port: int, options: Options, invoices: int, now: str | None = None) -> Portal:
    """Starts the portal with `invoices` deposited over its last hours, and the files of DOCUMENTS; its clock shows `now`, or the time."""
    binary = CARGO_TARGET / "debug" / NAME
    if not binary.exists():
        raise Trouble(f"{shown(binary)} is not there yet. `make build` makes it.")
    journal = options.journal or folder / "journal.jsonl"
    journal.parent.mkdir(parents=True, exist_ok=True)
    journal.unlink(missing_ok=True)
    (folder / f"{NAME}.log").unlink(missing_ok=True)
    command = [str(binary), "--listen", f"127.0.0.1:{port}", "--invoices", str(invoices), "--journal", str(journal)]
    for flag, given in (("--seed", options.seed), ("--documents", options.documents), ("--faults", options.faults), ("--now", now)):
        if given is not None:
            command += [flag, str(given)]
    portal = Portal(folder, port, journal)
    process.start(NAME, command, {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}, folder, {"port": port, "journal": str(journal)})
    try:
        process.wait_until(lambda: _answers(portal), NAME, folder, patience=60)
    except Trouble:
        stop(folder)
        raise
    return portal


def recall(folder: Path) -> Portal | None:
    record = process.recall(NAME, folder)
    return Portal(folder, record["port"], Path(record["journal"])) if record else None


def stop(folder: Path) -> bool:
    return process.stop(NAME, folder)


def _answers(portal: Portal) -> bool:
    try:
        portal.configuration()
    except (urllib.error.URLError, OSError, ValueError):
        return False
    return True
