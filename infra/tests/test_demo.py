"""The demo's own judgement: what is missing, wrong or double is said, and only then."""

from __future__ import annotations

import json
import unittest
from datetime import date
from types import SimpleNamespace
from typing import Any

from infra.local import proof, stories, table
from infra.local.erp import APPLIED, CHANGED, RECEIVED, REFUSED, Books, Decision

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


    def test_an_invoice_that_the_accountant_has_paid_meanwhile_is_not_held_against_the_decision(self) -> None:
        self.listed[0]["statut"] = "MISE_EN_PAIEMENT"
        self.assertIn("is MISE_EN_PAIEMENT", self.broken())
        stand = SimpleNamespace(portal=SimpleNamespace(invoices=lambda: self.listed), depth=self.depths.__getitem__)
        self.assertEqual(proof.judge(stand, self.books, self.held, {7}).broken, [])


class Stories(unittest.TestCase):
    """The five invoices as an ERP would be told of them; each test changes one thing of it."""

    def setUp(self) -> None:
        self.cast = stories.Cast(date(2026, 11, 23), SIRET)
        self.books = Books()
        self.shown = {}
        for number, story in enumerate(self.cast.stories, 1):
            story.id_facture = number
            self.shown[number] = story.ends
            for step in story.steps:
                self.tell(story, step)
        self.suspended, self.recycled, self.rejected, self.works, self.late = self.cast.stories

    def tell(self, story: stories.Story, step: stories.Step) -> None:
        data = {"idFacture": story.id_facture, "statut": step.statut, "dateHeureEtatCourant": self.cast.instant(step.day), "delai": self.delai(story, step)}
        first = step is story.steps[0] or step.statut in ("COMPLETEE", "MISE_A_DISPOSITION")
        again = "RECYCLEE" if story.title.startswith("Recycl") and step.day == -30 else None
        kind = RECEIVED if first else CHANGED
        self.books.events[f"{story.numero}/{step.day}/{step.statut}"] = {"type": kind, "data": {**data, "renvoi": again, "documents": []}}

    def delai(self, story: stories.Story, step: stories.Step) -> dict[str, Any]:
        if step.statut == "REJETEE":
            return {"situation": "REJETEE", "jours": 30}
        if story.counts_from is None or step.statut != "MISE_EN_PAIEMENT":
            return {"situation": "EN_COURS"}
        day = lambda offset: self.cast.day(offset).isoformat()  # noqa: E731
        paid = {"date": day(-3), "retardJours": story.late, "indemnite": "40" if story.late else "0", "interets": "0"}
        if story.late:
            # 6 372.00 € × 10.40 % × 7 days ÷ 365.
            paid |= {"taux": "10.40", "interets": "12.71"}
        suspensions = [{"du": day(story.interrupted[0]), "au": day(story.interrupted[1]), "effet": "INTERROMPT"}] if story.interrupted else []
        return {
            "situation": "PAYEE", "delaiOuvert": {"depuis": day(story.counts_from), "jours": 30}, "echeance": day(story.counts_from + 30),
            "suspensions": suspensions, "paiement": paid,
        }

    def failures(self) -> str:
        return "\n".join(stories.failures(self.cast, self.books, self.shown))

    def last(self, story: stories.Story) -> dict[str, Any]:
        return self.books.events[f"{story.numero}/-3/MISE_EN_PAIEMENT"]["data"]["delai"]

    def test_nothing_is_said_against_five_lives_that_are_whole(self) -> None:
        self.assertEqual(self.failures(), "")

    def test_a_status_that_the_erp_never_heard_of_is_named(self) -> None:
        del self.books.events[f"{self.suspended.numero}/-30/COMPLETEE"]
        self.assertIn("CH-10-0042: the ERP was never told of COMPLETEE", self.failures())

    def test_a_recycled_invoice_that_did_not_come_again_is_named(self) -> None:
        del self.books.events[f"{self.recycled.numero}/-30/MISE_A_DISPOSITION"]
        self.assertIn("SIG/778: the ERP was never told of MISE_A_DISPOSITION", self.failures())

    def test_an_end_that_the_portal_does_not_show_is_named(self) -> None:
        self.shown[self.rejected.id_facture] = "SERVICE_FAIT"
        self.assertIn("MOB-5512 is SERVICE_FAIT on the portal, not REJETEE", self.failures())

    def test_an_interruption_that_the_clock_missed_is_named(self) -> None:
        self.last(self.suspended)["suspensions"] = []
        self.assertIn("interruption is []", self.failures())

    def test_a_day_too_many_and_a_cent_too_few_are_named(self) -> None:
        self.last(self.late)["paiement"] |= {"retardJours": 8, "interets": "12.70"}
        self.assertIn("jours de retard is 8, not 7", self.failures())
        self.assertIn("intérêts is 12.70, not 12.71", self.failures())

    def test_a_clock_that_was_never_told_is_named(self) -> None:
        self.last(self.works).clear()
        self.assertIn("TOIT-SIT-03: situation is EN_COURS, not PAYEE", self.failures())

    def test_a_late_payment_is_told_with_what_it_costs(self) -> None:
        self.assertEqual(
            stories.sentence(self.last(self.late)),
            "30 jours depuis le 14/10 · échéance 13/11 · payée le 20/11, 7 jours de retard : 12,71 € d'intérêts à 10,40 % + 40,00 € d'indemnité",
        )
        self.assertEqual(
            stories.sentence(self.last(self.suspended)),
            "30 jours depuis le 24/10, interrompu du 16/10 au 24/10 · échéance 23/11 · payée le 20/11, 3 jours avant",
        )

    def test_every_life_is_told_in_the_order_of_its_days(self) -> None:
        told = list(stories.lines(self.cast, self.books))
        self.assertEqual(sum("délai" in line for line in told), 5)
        self.assertTrue(all(len(line) < 150 for line in told), max(told, key=len))
        self.assertFalse([line for line in told if line.endswith("rien")])


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
