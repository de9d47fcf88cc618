"""An invoice goes from the portal to the ERP, and the ERP's decision goes back."""

import hashlib
import json

from .scene import APPLIED, CHANGED, RECEIVED, REFUSED, Scene


class WholeWay(Scene):
    invoices = 30

    def test_1_every_invoice_is_archived_and_announced_with_few_calls(self) -> None:
        self.poll()
        self.all_announced()
        listed = self.portal.invoices()
        searches = len(self.calls("rechercher/recipiendaire"))
        self.assertLessEqual(searches, 2 * 3 * 2, "more than two searches for a kind of an establishment")
        works = len(self.calls("facturesTravaux/v1/rechercher"))
        self.assertLessEqual(works, 2 * 2, "more than two searches for a role of an establishment")
        self.assertLessEqual(len(self.calls("telecharger/groupe")), 0.15 * len(listed) + 3)
        others = {call["path"].rsplit("/cpro/", 1)[-1] for call in self.portal.calls() if "/cpro/" in call["path"]}
        expected = {"factures/v1/rechercher/recipiendaire", "facturesTravaux/v1/rechercher", "factures/v1/telecharger/groupe", "structures/v1/consulter"}
        self.assertLessEqual(others, expected, "another call was made for invoices seen first at MISE_A_DISPOSITION")
        self.assertLessEqual(len(self.calls("structures/v1/consulter")), 2 * 3 + 2, "the directory is asked once, and not for each invoice")

    def test_2_what_the_event_points_to_is_there_bit_for_bit(self) -> None:
        for event in self.of_type(RECEIVED):
            portal = self.portal.get(f"/_sim/invoices/{event['idFacture']}")
            self.assertEqual(len(event["documents"]), len(portal["documents"]))
            self.assertEqual(event["documents"][0]["role"], "PRINCIPAL")
            for document in event["documents"]:
                body = self.object(document["key"])
                self.assertEqual(hashlib.sha256(body).hexdigest(), document["sha256"])
                self.assertEqual(len(body), document["taille"])
            self.assertIn(b"CPPFacturePivot", self.object(event["archive"]["pivot"]))
            manifest = json.loads(self.object(event["archive"]["manifest"]))
            self.assertEqual(manifest["idFacture"], event["idFacture"])
            invoice = json.loads(self.object(event["archive"]["invoice"]))
            self.assertEqual(invoice["number"], event["numeroFacture"])

    def test_3_the_event_says_what_an_erp_needs_and_no_bank_account(self) -> None:
        event = next(e for e in self.events.values() if e["type"] == RECEIVED)
        self.assertEqual(event["specversion"], "1.0")
        data = event["data"]
        portal = self.portal.get(f"/_sim/invoices/{data['idFacture']}")
        self.assertEqual(data["numeroFacture"], portal["numeroFacture"])
        self.assertEqual(data["statut"], "MISE_A_DISPOSITION")
        self.assertRegex(data["montants"]["ttc"], r"^-?\d+\.\d{2,}$")
        self.assertIn("echeance", data["delai"])
        self.assertNotIn(portal["iban"], json.dumps(event))

    def test_4_a_decision_is_set_on_the_portal_with_one_call(self) -> None:
        id_facture = self.of_type(RECEIVED)[0]["idFacture"]
        outcome = self.outcome(self.command(id_facture, ["SERVICE_FAIT", "MANDATEE"], numeroDPMandat="M42", referenceErp="ENG-7"))
        self.assertEqual(outcome["type"], APPLIED, outcome["data"])
        self.assertEqual(outcome["data"]["referenceErp"], "ENG-7")
        self.assertEqual(self.portal_history(id_facture)[-2:], ["SERVICE_FAIT", "MANDATEE"])
        ours = [call for call in self.portal.calls() if str(id_facture) in json.dumps(call["request"]["body"]) and "telecharger" not in call["path"]]
        self.assertEqual([call["path"].rsplit("/", 1)[-1] for call in ours], ["recue", "recue"])

    def test_5_a_command_sent_twice_is_done_once(self) -> None:
        id_facture = self.of_type(RECEIVED)[1]["idFacture"]
        command = self.command(id_facture, "SERVICE_FAIT")
        first = self.outcome(command)
        self.command(id_facture, "SERVICE_FAIT", command_id=command)
        marker = self.outcome(self.command(id_facture, "MANDATEE", numeroDPMandat="M1"))
        self.assertEqual(marker["type"], APPLIED)
        self.assertEqual(self.outcome(command)["id"], first["id"])
        self.assertEqual(self.portal_history(id_facture).count("SERVICE_FAIT"), 1)

    def test_6_a_suspended_invoice_comes_back_completed_as_a_new_episode(self) -> None:
        id_facture = self.of_type(RECEIVED)[2]["idFacture"]
        before = self.announced(id_facture)[0]
        self.assertEqual(self.outcome(self.command(id_facture, "SUSPENDUE", motif="Bon de livraison absent."))["type"], APPLIED)
        self.portal.complete(id_facture)
        self.poll()
        self.assertTrue(self.until(lambda: self.receive() or len(self.announced(id_facture)) == 2), "it was not announced again")
        after = self.announced(id_facture)[-1]
        self.assertEqual(after["statut"], "COMPLETEE")
        self.assertEqual(after["renvoi"], "COMPLETEE")
        self.assertNotEqual(after["episode"], before["episode"])
        self.assertEqual([d["nouveau"] for d in after["documents"]].count(True), 1, "the supplier added one document")

    def test_7_a_change_made_by_a_person_on_the_portal_is_told(self) -> None:
        id_facture = self.of_type(RECEIVED)[3]["idFacture"]
        self.portal.post(f"/_sim/invoices/{id_facture}/status", {"statut": "REJETEE", "commentaire": "Doublon", "par": "person"})
        downloads = len(self.calls("telecharger/groupe"))
        self.poll()
        self.assertTrue(self.until(lambda: self.receive() or self.announced(id_facture, CHANGED)), "the change was not told")
        told = self.announced(id_facture, CHANGED)[0]
        self.assertEqual((told["statut"], told["statutPrecedent"]), ("REJETEE", "MISE_A_DISPOSITION"))
        self.assertEqual(len(self.calls("telecharger/groupe")), downloads, "a change of status needs no download")

    def test_8_what_the_portal_refuses_is_refused_with_the_present_status(self) -> None:
        id_facture = self.of_type(RECEIVED)[4]["idFacture"]
        self.portal.post(f"/_sim/invoices/{id_facture}/status", {"statut": "REJETEE", "commentaire": "Doublon", "par": "person"})
        outcome = self.outcome(self.command(id_facture, "SERVICE_FAIT"))
        self.assertEqual(outcome["type"], REFUSED)
        self.assertEqual(outcome["data"]["statut"], "REJETEE")
        self.assertIn("REJETEE", outcome["data"]["reason"]["message"])

    def test_9_polling_again_queues_nothing_and_announces_nothing(self) -> None:
        self.poll()
        self.until(lambda: self.receive() or False, patience=5)
        known = set(self.events)
        directory = len(self.calls("structures/v1/consulter"))
        report = self.poll()
        self.assertEqual(len(self.calls("structures/v1/consulter")), directory, "what the directory says is remembered")
        self.assertEqual(sum(c.get("queued", 0) for c in report["collections"]), 0)
        self.until(lambda: self.receive() or False, patience=3)
        self.assertEqual(set(self.events), known)
