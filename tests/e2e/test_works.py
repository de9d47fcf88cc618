"""A works document on its way through the MOE and the MOA: seen in the role, told, left alone until it is the recipient's, and proven complete."""

from datetime import date, timedelta

from .scene import APPLIED, CHANGED, RECEIVED, REFUSED, Scene
from .test_operator import Person
from .test_reconcile import SIRET, Proof, documents


class WorksCircuit(Scene):
    def test_1_a_document_in_the_circuit_is_archived_and_announced_in_the_role(self) -> None:
        mairie = next(one["siret"] for one in self.configuration["establishments"] if "MOA" in one["works_roles"])
        works = {"siret": mairie, "moa": mairie, "typeFactureTravaux": "PROJET_DECOMPTE_MENSUEL", "numeroFacture": "SIT-03"}
        self.portal.deposit_one({**works, "cadreFacturation": "A4_PROJET_DECOMPTE_MENSUEL_FOURNISSEUR", "statut": "MISE_A_DISPOSITION_MOA"})
        self.poll()
        self.all_announced()
        event = self.of_type(RECEIVED)[0]
        self.assertEqual((event["statut"], event["typeDemandePaiement"], event["cadre"]), ("MISE_A_DISPOSITION_MOA", "FACTURE_TRAVAUX", "A4"))
        self.assertEqual(event["travaux"]["moa"]["identifiant"], mairie)
        odd = [anomaly["code"] for anomaly in event["delai"]["anomalies"]]
        self.assertIn("DEBUT_PAR_DEPOT", odd, "nothing but its deposit starts the delay until it is made available to the recipient")
        self.assertTrue(event["documents"])

    def test_2_a_decision_on_it_is_refused_with_what_to_wait_for_and_without_a_call_that_changes_anything(self) -> None:
        id_facture = self.of_type(RECEIVED)[0]["idFacture"]
        outcome = self.outcome(self.command(id_facture, "SERVICE_FAIT"))
        self.assertEqual(outcome["type"], REFUSED)
        self.assertEqual(outcome["data"]["reason"]["code"], "TRANSITION_IMPOSSIBLE")
        self.assertIn("circuit des marchés de travaux", outcome["data"]["reason"]["message"])
        self.assertEqual(self.calls("traiter/recue"), [])

    def test_3_once_made_available_it_is_announced_once_by_both_lists_and_decided_like_any_other(self) -> None:
        id_facture = self.of_type(RECEIVED)[0]["idFacture"]
        self.portal.act(id_facture, "status", {"statut": "MISE_A_DISPOSITION", "par": "person"})
        self.poll()
        self.assertTrue(self.until(lambda: self.receive() or len(self.announced(id_facture)) == 2), "it was not announced again")
        event = self.announced(id_facture)[-1]
        self.assertNotIn("renvoi", event, "it was made available for the first time: nobody sent it back")
        self.assertEqual(event["delai"]["situation"], "EN_COURS")
        self.assertNotIn("anomalies", event["delai"])
        outcome = self.outcome(self.command(id_facture, ["SERVICE_FAIT", "MANDATEE"], numeroDPMandat="M-SIT-03"))
        self.assertEqual(outcome["type"], APPLIED, outcome["data"])

    def test_4_what_two_lists_show_is_one_change(self) -> None:
        id_facture = self.of_type(RECEIVED)[0]["idFacture"]
        self.poll()
        self.assertTrue(self.until(lambda: self.receive() or self.announced(id_facture, CHANGED)), "the mandate was not told")
        self.until(lambda: self.receive() or False, patience=3)
        told = [event["statut"] for event in self.announced(id_facture, CHANGED)]
        self.assertEqual(sorted(told), sorted(set(told)), "a change was told twice")
        self.assertEqual(len(self.announced(id_facture)), 2)


class WorksProof(Person, Proof):
    """A document of the circuit, which no list of what the establishment receives has, and one that has reached it and stands in two lists."""

    PROVEN = {"siret": SIRET, "from": "2020-01-01"}

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        works = {"siret": SIRET, "moa": SIRET, "typeFactureTravaux": "PROJET_DECOMPTE_MENSUEL"}
        cls.circuit = cls.portal.deposit_one({**works, "numeroFacture": "SIT-07", "statut": "MISE_A_DISPOSITION_MOA"})
        cls.available = cls.portal.deposit_one({**works, "numeroFacture": "SIT-06"})

    def setUp(self) -> None:
        if not self.of_type(RECEIVED):
            self.poll()
            self.all_announced()

    def lose(self) -> None:
        """Takes everything that is held of the document of the circuit away."""
        self.delete(self.keys(f"{SIRET}/{self.circuit:012d}/"))

    def held_again(self) -> bool:
        return bool(self.event_ids(self.circuit)) and any("/documents/" in key for key in self.keys(f"{SIRET}/{self.circuit:012d}/"))

    def test_1_both_stand_in_the_report_of_every_list_that_shows_them(self) -> None:
        answer = self.reconcile(self.PROVEN)["establishments"][0]
        self.assertTrue(answer["green"], answer)
        report = answer["report"]
        kinds = [kinds for month in report["months"].values() if (kinds := month["kinds"])["FACTURE_TRAVAUX_MOA"]["portal"]["count"]]
        self.assertEqual(len(kinds), 1)
        shown = {name: (kind["portal"]["count"], kind["alsoListed"]["count"], kind["equal"]) for name, kind in kinds[0].items()}
        self.assertEqual(shown, {"FACTURE": (0, 0, True), "FACTURE_TRAVAUX": (1, 0, True), "FACTURE_TRAVAUX_MOA": (2, 1, True)})
        self.assertEqual(documents(report), 2)

    def test_2_a_document_lost_from_the_archive_is_found_by_the_nightly_proof_and_queued_again(self) -> None:
        before = self.event_ids(self.circuit)
        self.lose()
        self.reconcile()
        report = self.reports()[SIRET]
        self.assertEqual([(n["idFacture"], n["kind"]) for n in report["lists"]["missing"]], [(self.circuit, "FACTURE_TRAVAUX_MOA")])
        self.assertEqual((report["green"], report["requeued"]["missing"]), (False, 1))
        self.assertTrue(self.until(self.held_again), "what was queued again did not arrive")
        self.assertEqual(self.event_ids(self.circuit), before, "it was announced as something else")
        self.settle()
        self.assertEqual(self.reports()[SIRET]["lists"]["onPortalNoMore"], [])

    def test_3_it_is_replayed_by_its_id_though_no_list_of_what_is_received_has_it(self) -> None:
        self.assertIn("SIT-07", self.relais("replay", str(self.circuit), "--dry-run"))
        downloads = len(self.calls("telecharger/groupe"))
        page = self.relais("replay", str(self.circuit))
        self.assertIn("MISE_A_DISPOSITION_MOA", page)
        self.assertIn("1 facture en file", page)
        self.assertTrue(self.until(lambda: len(self.calls("telecharger/groupe")) > downloads), "it was not downloaded again")

    def test_4_a_backfill_goes_through_the_lists_of_the_roles_and_counts_each_document_once(self) -> None:
        span = ("backfill", "--siret", SIRET, "--from", (date.today() - timedelta(days=40)).isoformat())
        self.assertIn("2 factures listées, 2 déjà archivées et annoncées, 0 seraient", self.relais(*span, "--dry-run"))
        self.lose()
        self.assertIn("2 factures listées, 1 déjà archivées et annoncées, 1 mises en file", self.relais(*span))
        self.assertTrue(self.until(self.held_again), "what was queued again did not arrive")
