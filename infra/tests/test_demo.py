"""The demo's own judgement: what is missing, wrong or double is said, and only then."""

from __future__ import annotations

import json
import unittest
from types import SimpleNamespace
from typing import Any

from infra.local import proof, table
from infra.local.erp import APPLIED, RECEIVED, REFUSED, Books, Decision

SIRET = "00000000013456"
FOLDER = f"{SIRET}/000000000007/20261123T091500Z-MISE_A_DISPOSITION"


def received(event_id: str = "one") -> dict[str, Any]:
    return {"id": event_id, "type": RECEIVED, "data": {"idFacture": 7, "episode": "20261123T091500Z-MISE_A_DISPOSITION", "statut": "MISE_A_DISPOSITION"}}


def outcome(kind: str, event_id: str = "done") -> dict[str, Any]:
    return {"id": event_id, "type": kind, "data": {"commandId": "c", "reason": {"message": "le motif manque"}}}


class Judgement(unittest.TestCase):
    """One invoice that went all the way; each test breaks one thing."""

    def setUp(self) -> None:
        self.listed = [{"idFacture": 7, "siret": SIRET, "statut": "SERVICE_FAIT"}]
        self.books = Books(events={"one": received()})
        self.books.decisions["c"] = Decision("c", SIRET, 7, ["SERVICE_FAIT"], {}, 0.0)
        self.books.outcomes["c"] = [outcome(APPLIED)]
        self.held = proof.Held(
            objects={f"{FOLDER}/pivot.xml": (3, "aa"), f"{FOLDER}/archived.json": (9, "bb"), f"{FOLDER}/published.json": (9, "cc")},
            facts={f"{FOLDER}/archived.json": {"pivot": {"key": f"{FOLDER}/pivot.xml", "sha256": "aa"}}},
        )
        self.depths = {"JobsDeadLetterQueueUrl": 0, "ErpDeadLetterQueueUrl": 0, "StatusDeadLetterQueueUrl": 0}

    def broken(self) -> str:
        stand = SimpleNamespace(portal=SimpleNamespace(invoices=lambda: self.listed), depth=self.depths.__getitem__)
        return "\n".join(proof.judge(stand, self.books, self.held).broken)

    def test_nothing_is_said_against_a_run_that_is_whole(self) -> None:
        self.assertEqual(self.broken(), "")

    def test_an_invoice_that_is_not_in_the_archive_is_named(self) -> None:
        self.listed.append({"idFacture": 8, "siret": SIRET, "statut": "MISE_A_DISPOSITION"})
        self.assertIn("in the archive: idFacture 8", self.broken())
        self.assertIn("told of every one of them: idFacture 8", self.broken())

    def test_a_file_with_another_hash_is_named(self) -> None:
        self.held.objects[f"{FOLDER}/pivot.xml"] = (3, "ff")
        self.assertIn("another SHA-256", self.broken())

    def test_a_file_that_the_manifest_names_and_nobody_holds_is_named(self) -> None:
        del self.held.objects[f"{FOLDER}/pivot.xml"]
        self.assertIn("pivot.xml is missing", self.broken())

    def test_an_episode_without_its_announcement_is_named(self) -> None:
        del self.held.objects[f"{FOLDER}/published.json"]
        self.assertIn("marked as announced", self.broken())

    def test_one_episode_under_two_ids_is_named(self) -> None:
        self.books.events["two"] = received("two")
        self.assertIn("under two ids: idFacture 7", self.broken())

    def test_a_command_without_an_outcome_and_one_with_two_are_named(self) -> None:
        self.books.outcomes["c"].append(outcome(APPLIED, "again"))
        self.assertIn("has 2", self.broken())
        del self.books.outcomes["c"]
        self.assertIn("has 0", self.broken())

    def test_a_refusal_is_told_with_its_reason(self) -> None:
        self.books.outcomes["c"] = [outcome(REFUSED)]
        self.assertIn("le motif manque", self.broken())

    def test_a_status_that_the_portal_does_not_show_is_named(self) -> None:
        self.listed[0]["statut"] = "MISE_A_DISPOSITION"
        self.assertIn("is MISE_A_DISPOSITION, not SERVICE_FAIT", self.broken())

    def test_a_message_set_aside_is_named(self) -> None:
        self.depths["JobsDeadLetterQueueUrl"] = 1
        self.assertIn("JobsDeadLetterQueue holds 1", self.broken())

    def test_a_manifest_that_names_no_file_proves_nothing(self) -> None:
        self.held.facts = {f"{FOLDER}/archived.json": json.loads("{}")}
        self.assertIn("no manifest names a file", self.broken())


class Figures(unittest.TestCase):
    def test_a_percentile_is_a_value_that_was_measured(self) -> None:
        values = [float(number) for number in range(1, 201)]
        self.assertEqual(table.percentile(values, 0.5), 100.0)
        self.assertEqual(table.percentile(values, 0.95), 190.0)
        self.assertEqual(table.percentile([3.0], 0.95), 3.0)

    def test_no_durations_make_no_figures(self) -> None:
        self.assertEqual(table.spread([]), ("", "", ""))


if __name__ == "__main__":
    unittest.main()
