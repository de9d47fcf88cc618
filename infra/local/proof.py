"""Holds what Relais left behind against the portal's own list: every invoice, every document, every decision."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from .erp import APPLIED, RECEIVED, REFUSED, Books
from .stand import Stand


@dataclass
class Held:
    """The archive as it is: every object, read once."""

    #: Bytes and hash by key.
    objects: dict[str, tuple[int, str]] = field(default_factory=dict)
    #: Facts by key: what archived.json and published.json say.
    facts: dict[str, Any] = field(default_factory=dict)

    def folders(self) -> set[str]:
        return {key.rsplit("/", 1)[0] for key in self.facts if key.endswith("/archived.json")}


@dataclass
class Verdict:
    """Sentences: what was found to hold, and what was not."""

    held: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def expect(self, sentence: str, failures: list[str]) -> None:
        if failures:
            shown = "; ".join(failures[:3]) + ("" if len(failures) <= 3 else f"; and {len(failures) - 3} more")
            self.broken.append(f"{sentence}: {shown}")
        else:
            self.held.append(sentence)


def read_archive(stand: Stand, into: Path) -> Held:
    """Downloads the whole archive into a folder that outlives the cloud, hashing on the way."""
    s3 = stand.cloud.client("s3")
    bucket = stand.outputs["ArchiveBucketName"]
    keys = [
        entry["Key"]
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        for entry in page.get("Contents", [])
    ]
    held = Held()

    def fetch(key: str) -> None:
        target = into / key
        target.parent.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with open(target, "wb") as file:
            for piece in s3.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(1 << 20):
                digest.update(piece)
                size += len(piece)
                file.write(piece)
        held.objects[key] = (size, digest.hexdigest())
        if key.endswith(("/archived.json", "/published.json")) or "/pushes/" in key:
            held.facts[key] = json.loads(target.read_bytes())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(fetch, keys))
    return held


def judge(stand: Stand, books: Books, held: Held, moved_on: set[int] = frozenset()) -> Verdict:
    """`moved_on`: invoices that others have moved on after the ERP's last decision."""
    verdict = Verdict()
    listed = stand.portal.invoices()
    _every_invoice_is_archived(verdict, listed, held)
    _every_hash_is_right(verdict, held)
    _every_invoice_is_announced(verdict, listed, books)
    _every_command_has_one_outcome(verdict, books)
    _the_portal_shows_what_was_decided(verdict, stand, books, moved_on)
    _nothing_is_in_a_dead_letter_queue(verdict, stand)
    return verdict


def _folder_of(invoice: dict[str, Any]) -> str:
    return f"{invoice['siret']}/{invoice['idFacture']:012d}/"


def _every_invoice_is_archived(verdict: Verdict, listed: list[dict[str, Any]], held: Held) -> None:
    folders = held.folders()
    by_invoice = {folder.rsplit("/", 1)[0] + "/" for folder in folders}
    missing = [f"idFacture {invoice['idFacture']}" for invoice in listed if _folder_of(invoice) not in by_invoice]
    verdict.expect(f"all {len(listed)} invoices that the portal lists are in the archive", missing)
    unpublished = [folder for folder in folders if f"{folder}/published.json" not in held.objects]
    verdict.expect(f"all {len(folders)} archived episodes are marked as announced", unpublished)


def _every_hash_is_right(verdict: Verdict, held: Held) -> None:
    wrong, checked = [], 0
    for key, manifest in held.facts.items():
        if not key.endswith("/archived.json"):
            continue
        for entry in _entries(manifest):
            checked += 1
            found = held.objects.get(entry["key"])
            if found is None:
                wrong.append(f"{entry['key']} is missing")
            elif found[1] != entry["sha256"]:
                wrong.append(f"{entry['key']} has another SHA-256 than {key} says")
    if checked == 0:
        wrong.append("no manifest names a file")
    verdict.expect(f"all {checked} files have the SHA-256 that archived.json gives", wrong)


def _entries(value: Any) -> list[dict[str, Any]]:
    """Every part of a manifest that has a key and a hash, however deep."""
    found = []
    if isinstance(value, dict):
        if isinstance(value.get("key"), str) and isinstance(value.get("sha256"), str):
            found.append(value)
        for part in value.values():
            found += _entries(part)
    elif isinstance(value, list):
        for part in value:
            found += _entries(part)
    return found


def _every_invoice_is_announced(verdict: Verdict, listed: list[dict[str, Any]], books: Books) -> None:
    announced = {event["data"]["idFacture"] for event in books.of_type(RECEIVED)}
    missing = [f"idFacture {invoice['idFacture']}" for invoice in listed if invoice["idFacture"] not in announced]
    verdict.expect("the ERP was told of every one of them", missing)
    episodes = Counter((event["data"]["idFacture"], event["data"]["episode"]) for event in books.of_type(RECEIVED))
    twice = [f"idFacture {number} {episode}" for (number, episode), times in episodes.items() if times > 1]
    verdict.expect("no episode was announced under two ids", twice)


def _every_command_has_one_outcome(verdict: Verdict, books: Books) -> None:
    wrong = []
    for command_id, decision in books.decisions.items():
        outcomes = books.outcomes.get(command_id, [])
        if len(outcomes) != 1:
            wrong.append(f"{command_id} for idFacture {decision.id_facture} has {len(outcomes)}")
        elif outcomes[0]["type"] == REFUSED:
            wrong.append(f"idFacture {decision.id_facture} was refused: {outcomes[0]['data']['reason']['message']}")
    verdict.expect(f"each of the {len(books.decisions)} commands has exactly one outcome, and it is {APPLIED}", wrong)


def _the_portal_shows_what_was_decided(verdict: Verdict, stand: Stand, books: Books, moved_on: set[int]) -> None:
    decisions = sorted(books.decisions.values(), key=lambda one: one.sent_at)
    wished = {decision.id_facture: decision.wished[-1] for decision in decisions if decision.id_facture not in moved_on}
    shown = {invoice["idFacture"]: invoice["statut"] for invoice in stand.portal.invoices()}
    wrong = [f"idFacture {number} is {shown.get(number)}, not {statut}" for number, statut in wished.items() if shown.get(number) != statut]
    verdict.expect(f"the portal shows the decided status on all {len(wished)} invoices", wrong)


def _nothing_is_in_a_dead_letter_queue(verdict: Verdict, stand: Stand) -> None:
    queues = ("JobsDeadLetterQueueUrl", "ErpDeadLetterQueueUrl", "StatusDeadLetterQueueUrl")
    filled = [f"{name[:-3]} holds {depth}" for name in queues if (depth := stand.depth(name))]
    verdict.expect("the dead-letter queues are empty", filled)


def instant(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
