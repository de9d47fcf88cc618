"""What an operator does with the `relais` command, with the rights that the stack's OperatorPolicy gives and no other."""

import json
import os
import subprocess
import urllib.request
import uuid
from datetime import date, timedelta
from pathlib import Path

from infra.local import deploy
from infra.local.places import CARGO_TARGET, ROOT

from .scene import CHANGED, RECEIVED, Scene

SIRET = "00000000013456"
EVENT = {"specversion": "1.0", "id": "x", "source": "urn:x", "type": "relais.invoice.job.v1"}


class Person(Scene):
    """Somebody who holds nothing but the stack's OperatorPolicy."""

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        iam = cls.cloud.client("iam")
        user = f"operator-{uuid.uuid4().hex[:8]}"
        iam.create_user(UserName=user)
        iam.attach_user_policy(UserName=user, PolicyArn=cls.outputs["OperatorPolicyArn"])
        key = iam.create_access_key(UserName=user)["AccessKey"]
        variables = deploy.shell_variables(cls.cloud, cls.outputs, cls.portal.url)
        variables |= {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        cls.env_file = cls.folder / "relais.env"
        cls.env_file.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))

    def relais(self, *arguments: str, status: int = 0, stdin: str = "", env: Path | None = None) -> str:
        """Runs the command and returns what it prints on standard output; the exit status must be the expected one."""
        command = [str(CARGO_TARGET / "debug" / "relais"), "--env", str(env or self.env_file), *arguments]
        plain = {"PATH": os.environ["PATH"], "USER": "jeanne", "HOSTNAME": "mairie"}
        done = subprocess.run(command, cwd=ROOT, env=plain, input=stdin, capture_output=True, text=True, check=False, timeout=120)
        self.assertEqual(done.returncode, status, f"relais {' '.join(arguments)}\n{done.stdout}\n{done.stderr}")
        self.said = done.stderr
        for secret in self.secrets():
            self.assertNotIn(secret, done.stdout + done.stderr, "a secret was printed")
        return done.stdout

    def secrets(self) -> list[str]:
        accounts = [establishment["technical_account"]["password"] for establishment in self.configuration["establishments"]]
        return [self.configuration["piste"]["client_secret"], *accounts, *(i["iban"] for i in self.portal.invoices() if i.get("iban"))]

    def letters(self, *filters: str) -> list[dict]:
        return json.loads(self.relais("dlq", "list", "--json", *filters))

    def bad_job(self, body: str) -> None:
        self.cloud.client("sqs").send_message(QueueUrl=self.outputs["JobsQueueUrl"], MessageBody=body)

    def state(self, prefix: str) -> dict[str, dict]:
        s3, bucket = self.cloud.client("s3"), self.outputs["StateBucketName"]
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        return {entry["Key"]: json.loads(s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()) for entry in listed}

    def tags(self, key: str) -> dict[str, str]:
        given = self.cloud.client("s3").get_object_tagging(Bucket=self.outputs["StateBucketName"], Key=key)
        return {tag["Key"]: tag["Value"] for tag in given["TagSet"]}

    def depth(self, output: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        given = self.cloud.client("sqs").get_queue_attributes(QueueUrl=self.outputs[output], AttributeNames=names)
        return sum(int(given["Attributes"][name]) for name in names)

    def change(self, path: str, body: dict, method: str = "PATCH") -> None:
        """Changes something of the portal's stand-in."""
        headers = {"Content-Type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(self.portal.url + path, json.dumps(body).encode(), headers, method=method)).read()


class Operator(Person):
    invoices = 4
    #: Given up by SQS itself after two receives that did not end in a deletion.
    parameters = {"MaxReceives": "2", "ErpVisibility": "2"}

    def setUp(self) -> None:
        if not self.of_type(RECEIVED):
            self.poll()
            self.all_announced()

    def test_a_bad_job_is_listed_with_what_to_do_shown_sent_back_and_laid_aside(self) -> None:
        body = json.dumps({**EVENT, "type": f"odd.{uuid.uuid4().hex[:6]}", "data": {"siret": SIRET, "idFacture": 424242}})
        self.bad_job(body)
        self.assertTrue(self.until(lambda: self.letters("--invoice", "424242"), 30))
        [letter] = self.letters("--invoice", "424242")
        self.assertEqual((letter["queue"], letter["class"], letter["body"]), ("jobs", "message.wrong-type", body))
        self.assertEqual((letter["siret"], letter["inQueue"], letter["attempts"]), (SIRET, True, 1))

        page = self.relais("dlq", "list")
        self.assertIn("à faire : Ce message n'est pas pour cette file", page)
        self.assertIn("relais dlq discard", self.relais("dlq", "show", letter["messageId"][:8]))

        before = self.depth("JobsDeadLetterQueueUrl")
        self.assertIn("1 lettre à relancer", self.relais("dlq", "redrive", "--invoice", "424242", "--dry-run"))
        self.assertEqual(self.depth("JobsDeadLetterQueueUrl"), before, "a dry run has done something")
        self.assertIn("1 lettre relancée", self.relais("dlq", "redrive", "--invoice", "424242"))

        # It fails again, as another letter; the first one is resolved and out of the queue.
        def again() -> bool:
            return [new["messageId"] for new in self.letters("--invoice", "424242")] not in ([], [letter["messageId"]])

        self.assertTrue(self.until(again, 30))
        [new] = self.letters("--invoice", "424242")
        self.assertIn("est classée", self.relais("dlq", "discard", new["messageId"], "--why", "un essai"))
        self.assertIn("avait déjà une décision", self.relais("dlq", "discard", new["messageId"], "--why", "encore"))
        self.assertEqual(self.letters("--invoice", "424242"), [])
        ends = {old["messageId"]: old["resolution"] for old in self.letters("--invoice", "424242", "--resolved")}
        self.assertEqual({end["how"] for end in ends.values()}, {"REDRIVEN", "DISCARDED"})
        self.assertEqual({end["by"] for end in ends.values()}, {"jeanne@mairie"})
        acts = [act for act in self.state("audit/").values() if act["action"].startswith("dlq-")]
        self.assertTrue(all(act["by"] == "jeanne@mairie" and "outcome" in act for act in acts), acts)
        self.assertGreaterEqual({act["action"] for act in acts}, {"dlq-redrive", "dlq-discard"})

    def test_a_command_for_a_stranger_goes_through_once_it_is_sent_back_to_a_configuration_that_knows_him(self) -> None:
        data = {"siret": "99999999999999", "idFacture": 77, "nouveauStatut": "SERVICE_FAIT"}
        self.send_status(json.dumps({**EVENT, "id": "c77", "type": "relais.status.set.v1", "data": data}), "77")
        self.assertTrue(self.until(lambda: self.letters("--queue", "statuses", "--invoice", "77"), 30))
        [letter] = self.letters("--queue", "statuses", "--invoice", "77")
        self.assertEqual((letter["class"], letter["groupId"]), ("command.unknown-establishment", "77"))
        self.assertIn("équipe de l'ERP", letter["action"])
        self.relais("dlq", "redrive", letter["messageId"])
        self.assertTrue(self.until(lambda: len(self.letters("--queue", "statuses", "--invoice", "77")) == 1, 30))

    def test_an_event_that_the_erp_does_not_delete_is_listed_and_comes_back_to_it(self) -> None:
        sqs, url = self.cloud.client("sqs"), self.outputs["ErpQueueUrl"]
        id_facture = self.deposit(siret=SIRET)
        self.poll()

        def taken_and_not_deleted() -> bool:
            sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            return self.depth("ErpDeadLetterQueueUrl") > 0

        self.assertTrue(self.until(taken_and_not_deleted, 60))
        # SQS moved it by itself: nobody has written why, and nobody has listed it.
        self.assertNotIn(id_facture, [fact["idFacture"] for fact in self.state("dead-letters/erp/").values()])
        story = self.relais("trace", str(id_facture))
        self.assertIn("lettre morte (erp) : erp.not-taken", story)
        self.assertNotIn("regardées", story, "a queue was not looked at")
        [letter] = self.letters("--queue", "erp", "--invoice", str(id_facture))
        self.assertEqual((letter["class"], letter["groupId"]), ("erp.not-taken", f"{SIRET}-{id_facture}"))
        self.assertIn("le délai de paiement court", letter["action"])
        self.assertIn("dead-letters/erp/" + letter["messageId"] + ".json", self.state("dead-letters/erp/"))
        key = f"dead-letters/erp/{letter['messageId']}.json"
        self.assertEqual(self.tags(key), {}, "a letter that waits for somebody may be forgotten")
        self.relais("dlq", "redrive", "--queue", "erp")
        self.assertEqual(self.tags(key), {"resolved": "yes"}, "a letter that was decided on is kept for ever")
        self.assertTrue(self.until(lambda: self.receive() or bool(self.announced(id_facture)), 30))
        self.assertEqual(self.letters("--queue", "erp"), [])

    def test_the_story_of_an_invoice_is_one_page_without_a_bank_account(self) -> None:
        id_facture = self.deposit(siret=SIRET)
        self.poll()
        self.assertTrue(self.until(lambda: self.receive() or bool(self.announced(id_facture)), 60))
        self.outcome(self.command(id_facture, ["SERVICE_FAIT", "MANDATEE"], command_id="trace-1", numeroDPMandat="M-1"))
        self.outcome(self.command(id_facture, "SUSPENDUE", command_id="trace-2"))
        page = self.relais("trace", str(id_facture))
        event = self.announced(id_facture)[0]
        story = ["MISE_A_DISPOSITION sur Chorus Pro", "archivée, ", event["documents"][0]["sha256"], "annoncée à l'ERP",
                 "commande trace-1 de urn:erp:test : faite", "MANDATEE : appliqué", "commande trace-2 de urn:erp:test : refusée", "Délai de paiement"]
        places = [page.find(part) for part in story]
        self.assertNotIn(-1, places, f"{story[places.index(-1)] if -1 in places else ''} is missing in\n{page}")
        self.assertEqual(places, sorted(places), page)
        self.assertIn(event["delai"]["echeance"], page)
        self.assertEqual(json.loads(self.relais("trace", str(id_facture), "--json"))["idFacture"], id_facture)
        self.relais("trace", "1", status=1)
        self.assertIn("relais replay 1", self.said)

    def test_an_invoice_is_taken_again_from_what_the_portal_says_today(self) -> None:
        id_facture = self.deposit(siret=SIRET)
        self.poll()
        self.assertTrue(self.until(lambda: self.receive() or bool(self.announced(id_facture)), 60))
        self.portal.post(f"/_sim/invoices/{id_facture}/status", {"statut": "SERVICE_FAIT", "par": "person"})
        self.assertIn("1 facture à reprendre", self.relais("replay", str(id_facture), "--dry-run"))
        self.assertIn("SERVICE_FAIT", self.relais("replay", str(id_facture)))
        changed = lambda: self.receive() or bool(self.announced(id_facture, CHANGED))  # noqa: E731
        self.assertTrue(self.until(changed, 60), "the replayed invoice was not worked on")
        self.assertIn("ne donne pas cette facture", self.relais("replay", "1", status=1))

    def test_a_backfill_queues_what_is_not_held_and_goes_on_where_it_stopped(self) -> None:
        old = [self.deposit(siret="00000000022226", dateHeureEtatCourant="2026-01-10T09:00:00Z") for _ in range(3)]
        span = ("backfill", "--siret", "00000000022226", "--from", "2026-01-01")
        self.assertIn(" 3 seraient mises en file ; rien n'a été fait", self.relais(*span, "--dry-run"))
        self.assertFalse(any(self.announced(one) for one in old))
        self.relais(*span)
        self.assertTrue(self.until(lambda: self.receive() or all(self.announced(one) for one in old), 60))
        self.assertIn(" 0 mises en file", self.relais(*span, "--restart"))
        [progress] = self.state("backfills/").values()
        self.assertGreaterEqual(progress["doneThrough"], "2026-01-01")

    def test_a_switch_is_written_with_who_and_why_and_shown(self) -> None:
        self.relais("switch", SIRET, "--push", "off", status=2)
        self.assertIn("--why", self.said)
        page = self.relais("switch", SIRET, "--push", "off", "--why", "bascule de l'ERP")
        self.assertRegex(page, rf"{SIRET} +allumé +COUPÉ")
        switch = self.state("switches/")[f"switches/{SIRET}.json"]
        self.assertEqual({name: switch[name] for name in ("version", "fetch", "push", "by", "why")}, {"version": 1, "fetch": True, "push": False, "by": "jeanne@mairie", "why": "bascule de l'ERP"})
        self.assertIn("push est COUPÉ", self.relais("status"))
        self.assertNotIn("COUPÉ", self.relais("switch", "all", "--push", "on", "--why", "fini"))

    def test_the_status_is_one_page(self) -> None:
        page = self.relais("status")
        for part in (SIRET, "jusqu'au changement du", "jobs", "statuses", "erp"):
            self.assertIn(part, page)
        self.assertEqual(len(json.loads(self.relais("status", "--json"))["queues"]), 3)

    def test_the_variables_come_from_the_outputs_of_the_stack(self) -> None:
        outputs = [{"OutputKey": name, "OutputValue": value} for name, value in self.outputs.items()]
        text = self.relais("env", "--stack-outputs", "-", stdin=json.dumps({"Stacks": [{"Outputs": outputs}]}))
        given = dict(line.split("=", 1) for line in text.splitlines())
        known = dict(line.split("=", 1) for line in self.env_file.read_text().splitlines())
        self.assertTrue(given.items() <= known.items(), set(given.items()) - set(known.items()))
        self.relais("env", "--stack-outputs", "-", stdin="{}", status=2)

    def test_a_command_without_its_variables_says_which_and_does_nothing(self) -> None:
        empty = self.folder / "empty.env"
        empty.write_text("# nothing\n")
        self.relais("dlq", "list", status=2, env=empty)
        self.assertIn("RELAIS_STATE_BUCKET", self.said)


class Credentials(Person):
    """The doctor and the radar, with credentials that fail in each way."""

    ACCOUNT = "TECH_1_1@cpro.fr"
    FINE = {"login": ACCOUNT, "expired": False, "sirets": [SIRET], "passwordExpires": "2099-01-01"}

    def setUp(self) -> None:
        for login, siret in ((self.ACCOUNT, SIRET), ("TECH_1_2@cpro.fr", "00000000022226"), ("TECH_1_3@cpro.fr", "00000000039991")):
            self.change("/_sim/accounts", {**self.FINE, "login": login, "sirets": [siret]})
        self.change("/_sim/faults", {"faults": []}, "PUT")

    def probe(self) -> dict:
        """Runs the function as its schedule does; the result of the first establishment."""
        answer = self.cloud.client("lambda").invoke(FunctionName=self.outputs["ProbeFunctionName"], Payload=b"{}")
        said = json.loads(answer["Payload"].read())
        self.assertNotIn("FunctionError", answer, said)
        kept = self.state("probes/")
        self.assertEqual({result["siret"]: result for result in said["probes"]}, {result["siret"]: result for result in kept.values()})
        return kept[f"probes/{SIRET}.json"]

    def both_say(self, verdict: str, words: str) -> None:
        """The radar and the doctor come to the same end."""
        result = self.probe()
        self.assertEqual(result["verdict"], verdict, result)
        page = self.relais("doctor", "--siret", SIRET, status=1)
        self.assertIn("✗", page)
        self.assertIn(words, page)
        self.assertIn(words, result["action"])
        self.assertIn(f"NE VA PAS ({verdict})", self.relais("status"))

    def test_all_is_well_in_a_good_installation(self) -> None:
        self.assertEqual(self.probe()["verdict"], "WELL")
        page = self.relais("doctor")
        self.assertIn("Tout va bien.", page)
        self.assertNotIn("✗", page)
        self.assertIn("en ordre, mot de passe valable encore", self.relais("status"))

    def test_a_wrong_client_secret_is_told_as_pistes_refusal(self) -> None:
        wrong = json.loads(json.dumps(self.configuration))
        wrong["piste"]["client_secret"] = "not-the-secret"
        file = self.folder / "wrong.json"
        file.write_text(json.dumps(wrong))
        env = self.folder / "wrong.env"
        lines = [line for line in self.env_file.read_text().splitlines() if not line.startswith("RELAIS_CONFIG")]
        env.write_text("\n".join([*lines, f"RELAIS_CONFIG_FILE={file}"]) + "\n")
        page = self.relais("doctor", status=1, env=env)
        self.assertIn("comparez client_id et client_secret", page)
        self.assertNotIn("not-the-secret", page)

    def test_a_configuration_with_mistakes_is_told_mistake_by_mistake(self) -> None:
        wrong = json.loads(json.dumps(self.configuration))
        wrong["establishments"][0]["siret"] = "12"
        del wrong["establishments"][1]["technical_account"]["password"]
        file = self.folder / "mistakes.json"
        file.write_text(json.dumps(wrong))
        env = self.folder / "mistakes.env"
        lines = [line for line in self.env_file.read_text().splitlines() if not line.startswith("RELAIS_CONFIG")]
        env.write_text("\n".join([*lines, f"RELAIS_CONFIG_FILE={file}"]) + "\n")
        page = self.relais("doctor", status=1, env=env)
        for mistake in ("establishments[0].siret", "establishments[1].technical_account.password"):
            self.assertIn(mistake, page)

    def test_an_expired_password_is_told_as_the_accounts_refusal(self) -> None:
        self.change("/_sim/accounts", {"login": self.ACCOUNT, "expired": True})
        self.both_say("ACCOUNT_REFUSED", "son mot de passe a sans doute expiré")

    def test_an_api_whose_cgu_are_not_accepted_is_named(self) -> None:
        fault = {"kind": "forbidden", "operation": "factures/*", "account": self.ACCOUNT}
        self.change("/_sim/faults", {"faults": [fault]}, "PUT")
        self.both_say("RIGHTS_MISSING", "acceptez ses conditions générales d'utilisation (CGU)")

    def test_a_structure_that_is_not_attached_is_told(self) -> None:
        self.change("/_sim/accounts", {"login": self.ACCOUNT, "sirets": []})
        self.both_say("NOT_ATTACHED", "rattachez le compte technique à la structure")

    def test_an_outage_is_no_fault_of_the_credentials(self) -> None:
        self.change("/_sim/faults", {"faults": [{"kind": "maintenance", "account": self.ACCOUNT}]}, "PUT")
        self.assertEqual(self.probe()["verdict"], "UNREACHABLE")

    def test_the_days_that_the_password_has_left_are_counted_and_urged(self) -> None:
        for days, words, status in ((45, "prévoyez", 0), (20, "cette semaine", 0), (3, "aujourd'hui même", 1)):
            day = date.today() + timedelta(days=days)
            self.change("/_sim/accounts", {"login": self.ACCOUNT, "passwordExpires": day.isoformat()})
            result = self.probe()
            self.assertIn(result["daysLeft"], (days - 1, days, days + 1))
            self.assertEqual((result["verdict"], result["passwordExpires"]), ("WELL", day.isoformat()))
            self.assertIn(words, result["action"])
            self.assertIn(words, self.relais("doctor", "--siret", SIRET, status=status))
