"""A works document on its way through the MOE and the MOA: seen in the role, told, and left alone until it is the recipient's."""

from .scene import APPLIED, CHANGED, RECEIVED, REFUSED, Scene


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
