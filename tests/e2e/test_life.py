"""What happens to an invoice between two polls, before the first one, and out of its time."""

import json
import uuid

from .scene import APPLIED, CHANGED, RECEIVED, REFUSED, Scene

TOWN = "00000000013456"
UNIVERSITY = "00000000022226"


class Life(Scene):
    def received(self) -> int:
        """An invoice that the ERP knows."""
        id_facture = self.deposit(siret=TOWN)
        self.poll()
        self.assertTrue(self.until(lambda: self.receive() or self.announced(id_facture)), "it was not announced")
        return id_facture

    def changes(self, id_facture: int, statut: str) -> list[dict]:
        """What the ERP was told of the invoice's statuses, once it was told of this one."""
        self.assertTrue(
            self.until(lambda: self.receive() or any(d["statut"] == statut for d in self.announced(id_facture, CHANGED))),
            f"{statut} was not told",
        )
        return self.announced(id_facture, CHANGED)

    def test_two_changes_between_two_polls_are_both_told_in_order_with_their_comments(self) -> None:
        id_facture = self.received()
        self.by_a_person(id_facture, "SERVICE_FAIT", "livré complet")
        self.by_a_person(id_facture, "MANDATEE", "mandat 42")
        self.poll()
        told = self.changes(id_facture, "MANDATEE")
        self.assertEqual([(d["statut"], d["commentaire"], d["depasse"]) for d in told], [("SERVICE_FAIT", "livré complet", True), ("MANDATEE", "mandat 42", False)])
        self.assertEqual([d["statutPrecedent"] for d in told], ["MISE_A_DISPOSITION", "SERVICE_FAIT"])
        arrived = [e["data"]["statut"] for e in self.events.values() if e["data"].get("idFacture") == id_facture]
        self.assertEqual(arrived, ["MISE_A_DISPOSITION", "SERVICE_FAIT", "MANDATEE"], "the queue keeps the order")

    def test_a_suspension_and_its_completion_between_two_polls_are_both_told_and_the_new_document_is_fetched(self) -> None:
        id_facture = self.received()
        self.by_a_person(id_facture, "SUSPENDUE", "RIB manquant")
        self.portal.complete(id_facture)
        self.poll()
        self.assertTrue(self.until(lambda: self.receive() or len(self.announced(id_facture)) == 2), "the completion was not told")
        (suspended,) = self.announced(id_facture, CHANGED)
        self.assertEqual((suspended["statut"], suspended["motif"]), ("SUSPENDUE", "RIB manquant"))
        completed = self.announced(id_facture)[-1]
        self.assertEqual(completed["previousEpisode"], suspended["episode"])
        self.assertEqual([d["nouveau"] for d in completed["documents"]].count(True), 1)
        self.assertEqual(len(completed["delai"]["suspensions"]), 1, "the legal clock knows of the suspension")

    def test_a_completion_that_a_person_overtook_still_brings_its_documents(self) -> None:
        id_facture = self.received()
        self.by_a_person(id_facture, "SUSPENDUE", "RIB manquant")
        self.portal.complete(id_facture)
        self.by_a_person(id_facture, "SERVICE_FAIT")
        self.poll()
        told = self.changes(id_facture, "SERVICE_FAIT")
        self.assertEqual([d["statut"] for d in told], ["SUSPENDUE", "SERVICE_FAIT"])
        self.assertEqual([d["statut"] for d in self.announced(id_facture)], ["MISE_A_DISPOSITION", "COMPLETEE"])

    def test_an_invoice_mandated_before_the_first_poll_is_archived_and_its_delay_runs_from_the_beginning(self) -> None:
        id_facture = self.deposit(siret=TOWN)
        self.by_a_person(id_facture, "SERVICE_FAIT")
        self.by_a_person(id_facture, "MANDATEE")
        self.poll()
        self.assertTrue(self.until(lambda: self.receive() or self.announced(id_facture)), "it was not announced")
        (data,) = self.announced(id_facture)
        self.assertEqual(data["statut"], "MANDATEE")
        self.assertTrue(data["documents"])
        self.assertEqual(data["delai"]["jours"], 30)
        self.assertIn("echeance", data["delai"], "it was made available before it was mandated, and the history says when")
        self.assertTrue(data["delai"]["ordonnateur"]["terminee"], "mandated: the ordonnateur has done its part")

    def test_a_change_that_the_erp_asked_for_names_its_command(self) -> None:
        id_facture = self.received()
        command = self.command(id_facture, ["SERVICE_FAIT", "MANDATEE"], numeroDPMandat="M-7")
        outcome = self.outcome(command)
        self.assertEqual(outcome["type"], APPLIED)
        self.assertEqual(outcome["data"]["numeroFacture"], self.announced(id_facture)[0]["numeroFacture"])
        self.assertTrue(outcome["data"]["delai"]["ordonnateur"]["terminee"])
        self.poll()
        self.assertEqual([d.get("commandId") for d in self.changes(id_facture, "MANDATEE")], [command, command])

    def test_a_command_for_the_invoice_of_another_establishment_is_refused_without_a_call(self) -> None:
        id_facture = self.received()
        body = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": "urn:erp:test", "type": "relais.status.set.v1"}
        self.send_status(json.dumps({**body, "data": {"siret": UNIVERSITY, "idFacture": id_facture, "nouveauStatut": "SERVICE_FAIT"}}))
        outcome = self.outcome(body["id"])
        self.assertEqual((outcome["type"], outcome["data"]["reason"]["code"]), (REFUSED, "FACTURE_INCONNUE"))
        self.assertEqual(self.portal_status(id_facture), "MISE_A_DISPOSITION")

    def test_a_motif_of_spaces_is_no_motif(self) -> None:
        id_facture = self.received()
        outcome = self.outcome(self.command(id_facture, "REJETEE", motif=" \t\u00a0\u200b"))
        self.assertEqual((outcome["type"], outcome["data"]["reason"]["code"]), (REFUSED, "MOTIF_MANQUANT"))

    def test_a_second_suspension_is_refused_with_the_article_unless_the_command_insists(self) -> None:
        id_facture = self.received()
        self.assertEqual(self.outcome(self.command(id_facture, "SUSPENDUE", motif="RIB manquant"))["type"], APPLIED)
        self.portal.complete(id_facture)
        self.poll()
        self.assertTrue(self.until(lambda: self.receive() or len(self.announced(id_facture)) == 2), "the completion was not told")
        refused = self.outcome(self.command(id_facture, "SUSPENDUE", motif="encore"))
        self.assertEqual(refused["type"], REFUSED)
        self.assertIn("R. 2192-27", refused["data"]["reason"]["message"])
        self.assertEqual(self.outcome(self.command(id_facture, "SUSPENDUE", motif="encore", insister=True))["type"], APPLIED)

    def test_a_status_that_nobody_knows_goes_through_and_is_counted(self) -> None:
        id_facture = self.received()
        self.by_a_person(id_facture, "STATUT_DE_2031")
        report = self.poll()
        self.assertEqual(self.changes(id_facture, "STATUT_DE_2031")[-1]["statut"], "STATUT_DE_2031")
        self.assertGreaterEqual(sum(c.get("drifted", 0) for c in report["collections"]), 1)

    def test_an_episode_older_than_the_oldest_fact_is_told_as_overtaken(self) -> None:
        id_facture = self.received()
        known = self.announced(id_facture)[0]
        data = {
            "siret": TOWN, "idFacture": id_facture, "episode": "20200101T080000Z-DEPOSEE", "statut": "DEPOSEE", "dateHeureEtatCourant": "2020-01-01T08:00:00Z",
            "cause": "BACKFILL", "typeDemandePaiement": "FACTURE", "numeroFacture": known["numeroFacture"],
        }
        job = {"specversion": "1.0", "id": "old", "source": "urn:x", "type": "relais.invoice.job.v1", "data": data}
        self.cloud.client("sqs").send_message(QueueUrl=self.outputs["JobsQueueUrl"], MessageBody=json.dumps(job))
        told = self.changes(id_facture, "DEPOSEE")
        self.assertEqual([(d["statut"], d["depasse"]) for d in told], [("DEPOSEE", True)])
        self.assertEqual(len(self.announced(id_facture, RECEIVED)), 1)

    def test_an_invoice_taken_again_gets_its_documents_back_and_the_same_event(self) -> None:
        id_facture = self.received()
        (before,) = self.announced(id_facture)
        document = before["documents"][0]
        s3, bucket = self.cloud.client("s3"), self.outputs["ArchiveBucketName"]
        original = self.object(document["key"])
        s3.delete_object(Bucket=bucket, Key=document["key"])
        event_id = next(e["id"] for e in self.events.values() if e["data"] is before)
        data = {
            "siret": TOWN, "idFacture": id_facture, "episode": before["episode"], "statut": before["statut"],
            "dateHeureEtatCourant": before["dateHeureEtatCourant"], "cause": "REPLAY", "typeDemandePaiement": "FACTURE", "numeroFacture": before["numeroFacture"],
        }
        job = {"specversion": "1.0", "id": "again", "source": "urn:x", "type": "relais.invoice.job.v1", "data": data}
        self.cloud.client("sqs").send_message(QueueUrl=self.outputs["JobsQueueUrl"], MessageBody=json.dumps(job))
        self.assertTrue(self.until(lambda: document["key"] in self.keys(before["archive"]["prefix"])), "the document did not come back")
        self.assertEqual(self.object(document["key"]), original)
        # The queue drops a repeat within five minutes by its deduplication id, which is the event's.
        self.receive()
        self.assertEqual(len(self.announced(id_facture)), 1)
        self.assertIn(event_id, self.events)
