"""Bad jobs, bad commands and broken documents cost themselves, and nobody else."""

import json

from .scene import APPLIED, RECEIVED, REFUSED, Scene


class BadInput(Scene):
    invoices = 4

    def setUp(self) -> None:
        if not self.of_type(RECEIVED):
            self.poll()
            self.all_announced()

    def attributes(self, message: dict) -> tuple[str, str]:
        attributes = message["MessageAttributes"]
        return attributes["relais-error-class"]["StringValue"], attributes["relais-reason"]["StringValue"]

    def test_a_bad_job_is_a_dead_letter_with_a_reason_and_the_others_go_on(self) -> None:
        good = self.deposit(siret="00000000013456")
        event = {"specversion": "1.0", "id": "x", "source": "urn:x", "type": "relais.invoice.job.v1"}
        bad = [
            "this is not JSON",
            json.dumps({**event, "data": {"siret": "00000000013456"}}),
            json.dumps({**event, "type": "something.else", "data": {}}),
        ]
        sqs = self.cloud.client("sqs")
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bad)]
        sqs.send_message_batch(QueueUrl=self.outputs["JobsQueueUrl"], Entries=entries)
        self.poll()
        self.all_announced()
        self.assertTrue(self.announced(good))
        self.assertTrue(self.until(lambda: len(self.dead_letters("JobsDeadLetterQueueUrl")) >= len(bad), 30))
        letters = {message["Body"]: self.attributes(message) for message in self.dead_letters("JobsDeadLetterQueueUrl")}
        self.assertEqual(letters[bad[0]][0], "message.not-json")
        self.assertIn("idFacture", letters[bad[1]][1])
        self.assertEqual(letters[bad[2]][0], "message.wrong-type")

    def test_a_job_of_an_unknown_establishment_or_invoice_is_a_dead_letter_with_a_reason(self) -> None:
        known = self.of_type(RECEIVED)[0]
        data = {
            "siret": known["etablissement"]["siret"], "idFacture": 999999999, "episode": known["episode"], "statut": "MISE_A_DISPOSITION",
            "dateHeureEtatCourant": known["dateHeureEtatCourant"], "cause": "REPLAY", "typeDemandePaiement": "FACTURE", "numeroFacture": "NOWHERE",
        }
        sqs = self.cloud.client("sqs")
        for siret, number in (("99999999999999", "STRANGER"), (data["siret"], "NOWHERE")):
            job = {"specversion": "1.0", "id": number, "source": "urn:x", "type": "relais.invoice.job.v1", "data": {**data, "siret": siret, "numeroFacture": number}}
            sqs.send_message(QueueUrl=self.outputs["JobsQueueUrl"], MessageBody=json.dumps(job))

        def reasons() -> dict[str, str]:
            return {json.loads(m["Body"])["id"]: self.attributes(m)[1] for m in self.dead_letters("JobsDeadLetterQueueUrl") if m["Body"].startswith("{") and "data" in m["Body"] and '"id"' in m["Body"]}

        self.assertTrue(self.until(lambda: {"STRANGER", "NOWHERE"} <= set(reasons()), 40), reasons())
        self.assertIn("99999999999999", reasons()["STRANGER"])
        self.assertIn("Chorus Pro", reasons()["NOWHERE"])

    def test_a_command_that_cannot_be_answered_is_a_dead_letter_with_a_reason(self) -> None:
        self.send_status("not a command")
        self.send_status(json.dumps({"specversion": "1.0", "id": "c1", "source": "urn:erp", "type": "relais.status.set.v1", "data": {"siret": "99999999999999", "idFacture": 1, "nouveauStatut": "SERVICE_FAIT"}}))
        self.assertTrue(self.until(lambda: len(self.dead_letters("StatusDeadLetterQueueUrl")) >= 2, 30))
        classes = {self.attributes(message)[0] for message in self.dead_letters("StatusDeadLetterQueueUrl")}
        self.assertLessEqual({"message.not-json", "command.unknown-establishment"}, classes)

    def test_a_command_that_lacks_something_is_refused_in_words(self) -> None:
        id_facture = self.of_type(RECEIVED)[0]["idFacture"]
        siret = self.siret(id_facture)
        cases = {
            "MOTIF_MANQUANT": {"nouveauStatut": "SUSPENDUE"},
            "CIBLE_INCONNUE": {"nouveauStatut": "MANDATE"},
            "COMMANDE_ILLISIBLE": {},
        }
        for code, data in cases.items():
            body = {"specversion": "1.0", "id": f"bad-{code}", "source": "urn:erp:test", "type": "relais.status.set.v1", "data": {"siret": siret, "idFacture": id_facture, **data}}
            self.send_status(json.dumps(body), str(id_facture))
            outcome = self.outcome(f"bad-{code}")
            self.assertEqual((outcome["type"], outcome["data"]["reason"]["code"]), (REFUSED, code))
        self.assertEqual(self.portal_status(id_facture), "MISE_A_DISPOSITION")

    def test_a_command_for_an_invoice_that_nobody_knows_is_refused(self) -> None:
        body = {"specversion": "1.0", "id": "bad-invoice", "source": "urn:erp:test", "type": "relais.status.set.v1", "data": {"siret": "00000000013456", "idFacture": 999999998, "nouveauStatut": "SERVICE_FAIT"}}
        self.send_status(json.dumps(body), "999999998")
        self.assertEqual(self.outcome("bad-invoice")["data"]["reason"]["code"], "FACTURE_INCONNUE")

    def test_a_motif_of_ten_thousand_characters_with_emoji_is_cut_and_kept(self) -> None:
        id_facture = self.of_type(RECEIVED)[1]["idFacture"]
        motif = "Pièce absente 🧾👩‍🔧 " * 500
        outcome = self.outcome(self.command(id_facture, "SUSPENDUE", motif=motif))
        self.assertEqual(outcome["type"], APPLIED, outcome["data"])
        self.assertEqual(outcome["data"]["motif"], motif)
        sent = self.calls("traiter/recue")[-1]["request"]["body"]["motif"]
        self.assertLessEqual(len(sent), 255)
        self.assertTrue(motif.startswith(sent))

    def test_broken_documents_are_kept_as_they_came_and_the_event_says_so(self) -> None:
        pdf = {"generated": "pdf", "typePJ": "01"}
        odd = {
            "bad_base64": "base64-broken", "cut_base64": None, "broken_zip": "zip-broken", "bad_checksum": "zip-broken",
            "two_members": "zip-several-files", "not_zipped": "not-zipped", "path_traversal": "path-in-name", "long_name": None,
        }
        ids = {defect: self.deposit(siret="00000000013456", documents=[pdf, {"generated": "pdf", "typePJ": "02", "defect": defect}]) for defect in odd}
        neighbour = self.deposit(siret="00000000013456")
        self.poll()
        self.all_announced()
        self.assertEqual(self.announced(neighbour)[0]["findings"], [])
        for defect, code in odd.items():
            event = self.announced(ids[defect])[0]
            self.assertGreaterEqual(len(event["documents"]), 1, defect)
            for document in event["documents"]:
                name = document["key"].rsplit("/documents/", 1)[-1]
                self.assertNotIn("/", name, defect)
                self.assertNotIn("..", name, defect)
                self.assertLessEqual(len(name.encode()), 120, defect)
                self.assertEqual(len(self.object(document["key"])), document["taille"])
            if code:
                self.assertIn(code, [finding["code"] for finding in event["findings"]], defect)

    def test_the_same_number_of_the_same_supplier_is_announced_as_a_likely_duplicate(self) -> None:
        supplier = self.portal.get(f"/_sim/invoices/{self.of_type(RECEIVED)[0]['idFacture']}")["fournisseur"]
        twice = {
            "siret": "00000000013456", "numeroFacture": "DOUBLE-1", "dateFacture": "2026-11-20",
            "fournisseur": {"identifiant": supplier["identifiant"], "designation": supplier["designation"]},
            "documents": [{"generated": "pdf", "typePJ": "01"}],
        }
        first = self.deposit(**twice)
        self.poll()
        self.all_announced()
        second = self.deposit(**twice)
        self.poll()
        self.all_announced()
        codes = {id_facture: [f["code"] for f in self.announced(id_facture)[0]["findings"]] for id_facture in (first, second)}
        self.assertNotIn("RELAIS-DOUBLON", codes[first])
        self.assertIn("RELAIS-DOUBLON", codes[second])

    def test_an_invoice_whose_pivot_is_cut_off_is_kept_as_a_pdf_and_spoils_no_other(self) -> None:
        cut = self.deposit(siret="00000000022226", pivotTronque=True)
        neighbours = [self.deposit(siret="00000000022226") for _ in range(3)]
        self.poll()
        self.all_announced(90)
        for neighbour in neighbours:
            self.assertEqual(self.announced(neighbour)[0]["findings"], [])
        event = self.announced(cut)[0]
        self.assertIn("pdf-only", [finding["code"] for finding in event["findings"]])
        self.assertTrue(self.object(event["documents"][0]["key"]).startswith((b"%PDF", b"PK")))
