"""A minute of trouble of every kind for the deployed system: nothing is lost, nothing is done twice.

Who acts when, and what goes wrong, is drawn from RELAIS_SOAK_SEED, or from a seed that is printed. What the machine makes of it is not:
here processes, queues and sockets are real. tests/soak/ plays the same with a clock of its own, where a seed is a run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import secrets
import threading
import time
import urllib.request
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any, Callable

from .scene import APPLIED, CHANGED, RECEIVED, REFUSED, Scene

RECUE = "factures/v1/traiter/recue"
DOWNLOAD = "factures/v1/telecharger/groupe"
SECONDS = 50
INVOICES = 130

#: What the gateway does now and then, and what it does in a bad moment.
DRIZZLE = [
    {"kind": "dropped", "operation": RECUE, "when": "after", "rate": 0.1},
    {"kind": "server_error", "operation": RECUE, "when": "after", "rate": 0.05},
    {"kind": "truncated", "operation": DOWNLOAD, "rate": 0.1},
    {"kind": "server_error", "rate": 0.03},
    {"kind": "server_error", "status": 404, "rate": 0.03},
    {"kind": "not_json", "rate": 0.02},
    {"kind": "cut_json", "rate": 0.02},
    {"kind": "dropped", "rate": 0.02},
    {"kind": "empty_token", "rate": 0.2},
    {"kind": "too_many_requests", "retry_after": 1, "next": 1},
]
GALE = [
    {"kind": "dropped", "when": "after", "rate": 0.3},
    {"kind": "server_error", "rate": 0.3},
    {"kind": "not_json", "rate": 0.1},
    {"kind": "empty_token", "rate": 0.5},
]
MAINTENANCE = [{"kind": "maintenance"}]

#: What the ERP asks for, sensible and not: never the same status twice for one invoice, so that twice on the portal is once too often.
WISHES: list[tuple[Any, dict[str, Any]]] = [
    ("SERVICE_FAIT", {}),
    (["SERVICE_FAIT", "MANDATEE"], {"numeroDPMandat": "M-1"}),
    (["SERVICE_FAIT", "MANDATEE"], {"numeroDPMandat": "M-2"}),
    ("MANDATEE", {"numeroDPMandat": "M-3"}),
    ("SUSPENDUE", {"motif": "RIB manquant"}),
    ("REJETEE", {"motif": "pas pour nous"}),
    ("A_RECYCLER", {"motif": "autre service"}),
    ("SUSPENDUE", {}),
    ("MISE_EN_PAIEMENT", {}),
    ("SERVICE_FAIT", {"statutActuel": "COMPTABILISEE"}),
]
#: What a person at the town hall clicks on the portal.
BY_HAND = ["SUSPENDUE", "REJETEE", "A_RECYCLER", "SERVICE_FAIT", "MANDATEE"]


class Soak(Scene):
    invoices = 75
    parameters = {"OnePollAtATime": "false", "ReconcileGraceMinutes": "0", "OverlapMinutes": "1", "ErpVisibility": "5", "ErpMaxReceives": "50"}

    def setUp(self) -> None:
        self.seed = int(os.environ.get("RELAIS_SOAK_SEED") or secrets.randbelow(1_000_000))
        print(f"RELAIS_SOAK_SEED={self.seed} ", end="", flush=True)
        self.chance = random.Random(self.seed)
        self.over = threading.Event()
        self.met: Counter[str] = Counter()
        self.lambdas, self.s3, self.sqs = (self.cloud.client(name) for name in ("lambda", "s3", "sqs"))
        #: Invoices about which somebody has decided.
        self.touched: set[int] = set()
        # An hour ago somebody has decided by hand: suppliers can answer at once.
        hour_ago = (datetime.now(timezone.utc) - timedelta(hours=1)).isoformat()
        for statut in ("SUSPENDUE", "A_RECYCLER") * 6:
            self.touched.add(self.deposit(statut=statut, dateHeureEtatCourant=hour_ago))
        #: Each command's body by its id, and the invoice that it is about.
        self.commands: dict[str, tuple[str, int]] = {}

    def test_a_minute_of_trouble_loses_nothing_and_does_nothing_twice(self) -> None:
        threads = [self.beside(self.polls), self.beside(self.kills), self.beside(self.weather)]
        try:
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                self.supplier_deposits()
                self.someone_acts()
                self.receive()
                self.erp_decides()
        finally:
            self.over.set()
            for thread in threads:
                thread.join()
            self.calm()
        self.assertGreater(self.met["kill"], 5, "too few processes were killed for this test to say anything")
        self.assertGreater(self.met["two polls"], 0, "no two polls ran at once")
        self.settle()
        self.every_status_was_told_once_and_in_order()
        self.every_command_has_one_outcome()
        self.no_status_was_set_more_often_than_asked()
        self.every_document_is_what_the_portal_has()
        for output in ("JobsDeadLetterQueueUrl", "StatusDeadLetterQueueUrl", "ErpDeadLetterQueueUrl"):
            self.assertEqual(self.dead_letters(output), [], output)
        self.the_report_is_green()
        print(f"{len(self.portal.invoices())} invoices, {len(self.commands)} commands, {len(self.events)} events, {dict(self.met)} ", end="", flush=True)

    # Who acts.

    def beside(self, work: Callable[[random.Random], None]) -> threading.Thread:
        thread = threading.Thread(target=work, args=(random.Random(self.chance.random()),), daemon=True)
        thread.start()
        return thread

    def supplier_deposits(self) -> None:
        if self.chance.random() < 0.6 and len(self.portal.invoices()) < INVOICES:
            self.portal.deposit(self.chance.randint(1, 4))

    def someone_acts(self) -> None:
        """A person decides about an invoice that the ERP leaves alone, or a supplier answers, and none answers within the minute.

        The portal's history is to the minute: what happens twice in one cannot be told apart by it.
        """
        by_status = defaultdict(list)
        for invoice in self.portal.invoices():
            by_status[invoice["statut"]].append(invoice)
        waiting = [("complete", invoice) for invoice in by_status["SUSPENDUE"]] + [("recycle", invoice) for invoice in by_status["A_RECYCLER"]]
        answers = [(deed, invoice["idFacture"]) for deed, invoice in waiting if age(invoice) > 61]
        if answers and self.chance.random() < 0.6:
            deed, id_facture = self.chance.choice(answers)
            if deed == "complete":
                self.portal.complete(id_facture)
            else:
                self.portal.act(id_facture, "recycle", {})
            self.met[deed] += 1
        free = [i for invoice in by_status["MISE_A_DISPOSITION"] if (i := invoice["idFacture"]) not in self.touched and i % 4 == 0]
        if free and self.chance.random() < 0.6:
            id_facture = self.chance.choice(free)
            self.touched.add(id_facture)
            self.by_a_person(id_facture, self.chance.choice(BY_HAND), "à la main")
            self.met["by hand"] += 1

    def erp_decides(self) -> None:
        known = sorted({data["idFacture"] for data in self.of_type(RECEIVED)} - self.touched)
        for id_facture in self.chance.sample(known, min(len(known), self.chance.randint(0, 8))):
            if id_facture % 4 == 0:
                continue
            self.touched.add(id_facture)
            statut, more = self.chance.choice(WISHES)
            command_id = f"soak-{self.seed}-{len(self.commands) + 1}"
            data = {"siret": self.siret(id_facture), "idFacture": id_facture, "nouveauStatut": statut, **more}
            body = json.dumps({"specversion": "1.0", "id": command_id, "source": "urn:erp:soak", "type": "relais.status.set.v1", "data": data})
            self.commands[command_id] = (body, id_facture)
            self.send_status(body, str(id_facture))
        if self.commands and self.chance.random() < 0.2:
            self.send_status(*self.again(self.chance.choice(sorted(self.commands))))

    def again(self, command_id: str) -> tuple[str, str]:
        """The same command, as an ERP sends it that is not sure."""
        self.met["duplicate"] += 1
        body, id_facture = self.commands[command_id]
        return body, str(id_facture)

    def receive(self) -> None:
        """Takes what is there; now and then the ERP dies before it has deleted what it read. The same id must always say the same."""
        while True:
            answer = self.sqs.receive_message(QueueUrl=self.outputs["ErpQueueUrl"], MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                event = json.loads(message["Body"])
                self.assertEqual(self.events.setdefault(event["id"], event), event, "an event came again and said something else")
                if self.over.is_set() or self.chance.random() > 0.05:
                    self.sqs.delete_message(QueueUrl=self.outputs["ErpQueueUrl"], ReceiptHandle=message["ReceiptHandle"])
                else:
                    self.met["read and not deleted"] += 1
            if not answer.get("Messages"):
                return

    # What goes wrong.

    def tick(self) -> None:
        """A poll, whatever becomes of it: the next one is for what it leaves."""
        with contextlib.suppress(Exception):
            self.lambdas.invoke(FunctionName=self.outputs["PollFunctionName"], Payload=b"{}")["Payload"].read()

    def polls(self, chance: random.Random) -> None:
        while not self.over.wait(chance.uniform(0.5, 3)):
            together = [threading.Thread(target=self.tick) for _ in range(chance.choice([1, 1, 2]))]
            self.met["two polls"] += len(together) - 1
            for thread in together:
                thread.start()
            for thread in together:
                thread.join()

    def kills(self, chance: random.Random) -> None:
        while not self.over.wait(chance.uniform(0.3, 3)):
            if running := self.function_processes():
                self.kill(chance.choice(running))
                self.met["kill"] += 1

    def weather(self, chance: random.Random) -> None:
        accounts = [establishment["technical_account"]["login"] for establishment in self.configuration["establishments"]]
        expires = chance.randint(2, 6)
        for turn in range(1_000):
            rules = chance.choice([DRIZZLE, DRIZZLE, DRIZZLE, GALE, MAINTENANCE, []])
            if turn == expires:
                rules = [*rules, {"kind": "expired_password", "account": chance.choice(accounts)}]
                self.met["expired password"] += 1
            self.portal.put("/_sim/faults", {"faults": rules})
            if self.over.wait(chance.uniform(3, 7)):
                return

    def calm(self) -> None:
        self.met["faults"] = sum(1 for call in self.portal.calls() if call.get("faults"))
        self.portal.put("/_sim/faults", {"faults": []})

    # What must hold.

    def settle(self) -> None:
        """Waits until nobody has anything left to do."""

        def done() -> bool:
            self.tick()
            self.receive()
            return not self.left()

        self.assertTrue(self.until(done, 180, 1), self.left())

    def left(self) -> dict[str, Any]:
        """What is still to be done."""
        told = self.told()
        behind = {i["idFacture"]: i["statut"] for i in self.portal.invoices() if not told[i["idFacture"]] or max(told[i["idFacture"]], key=since)["statut"] != i["statut"]}
        open_commands = sorted(self.commands.keys() - self.outcomes().keys())
        waiting = {output: depth for output in ("JobsQueueUrl", "StatusQueueUrl", "ErpQueueUrl") if (depth := self.depth(output))}
        return {name: what for name, what in (("behind", behind), ("commands", open_commands), ("queues", waiting)) if what}

    def depth(self, output: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
        answer = self.sqs.get_queue_attributes(QueueUrl=self.outputs[output], AttributeNames=names)
        return sum(int(number) for number in answer["Attributes"].values())

    def told(self) -> dict[int, list[dict[str, Any]]]:
        """What the ERP was told of each invoice, in the order in which it came."""
        told = defaultdict(list)
        for event in self.events.values():
            if event["type"] in (RECEIVED, CHANGED):
                told[event["data"]["idFacture"]].append({**event["data"], "type": event["type"]})
        return told

    def outcomes(self) -> dict[str, list[str]]:
        outcomes = defaultdict(list)
        for event in self.events.values():
            if event["type"] in (APPLIED, REFUSED):
                outcomes[event["data"]["commandId"]].append(event["type"])
        return outcomes

    def every_status_was_told_once_and_in_order(self) -> None:
        for id_facture, news in self.told().items():
            episodes = [one["episode"] for one in news]
            self.assertEqual(len(episodes), len(set(episodes)), f"{id_facture}: an episode was announced under two ids: {episodes}")
            self.assertEqual(news[0]["type"], RECEIVED, f"{id_facture}: the first news is a status")
            happened = self.portal_history(id_facture)
            # What lies before the first news may be told after it: its message was held up.
            from_the_first = [one["statut"] for one in news if since(one) >= since(news[0])]
            everything = [one["statut"] for one in news]
            in_order = [happened[-len(told) :] == told for told in (from_the_first, everything)]
            self.assertTrue(any(in_order), f"{id_facture}: the portal's history is {happened}, the ERP was told {episodes}")

    def every_command_has_one_outcome(self) -> None:
        wrong = {command: self.outcomes()[command] for command in self.commands if len(self.outcomes()[command]) != 1}
        self.assertEqual(wrong, {})

    def no_status_was_set_more_often_than_asked(self) -> None:
        asked: dict[int, Counter[str]] = defaultdict(Counter)
        for body, id_facture in self.commands.values():
            statut = json.loads(body)["data"]["nouveauStatut"]
            asked[id_facture].update([statut] if isinstance(statut, str) else statut)
        for invoice in self.portal.invoices():
            history = self.portal.get(f"/_sim/invoices/{invoice['idFacture']}")["historique"]
            ours = [entry["statut"] for entry in history if (entry["par"] or {}).get("prenom") == "TECH"]
            self.assertFalse(Counter(ours) - asked[invoice["idFacture"]], f"{invoice['idFacture']}: {ours}")
            twice = [b["statut"] for a, b in zip(history, history[1:]) if a["statut"] == b["statut"] and b["statut"] in ours]
            self.assertEqual(twice, [], f"{invoice['idFacture']}: set on itself")

    def every_document_is_what_the_portal_has(self) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(self.documents_are_right, self.told().items()))

    def documents_are_right(self, about: tuple[int, list[dict[str, Any]]]) -> None:
        id_facture, news = about
        latest: list[str] = []
        for one in news:
            folder = f"{one['etablissement']['siret']}/{id_facture:012d}/{one['episode']}"
            manifest = json.loads(self.object(f"{folder}/archived.json"))
            self.object(f"{folder}/published.json")
            for stored in [*manifest["documents"], *filter(None, (manifest.get("pivot"), manifest.get("invoice")))]:
                version = self.s3.get_object(Bucket=self.outputs["ArchiveBucketName"], Key=stored["key"], VersionId=stored["versionId"])
                self.assertEqual(hashlib.sha256(version["Body"].read()).hexdigest(), stored["sha256"], stored["key"])
            self.assertEqual(bool(manifest["documents"]), one["type"] == RECEIVED, folder)
            if one["type"] == RECEIVED:
                latest = sorted(document["sha256"] for document in manifest["documents"])
        there = self.portal.get(f"/_sim/invoices/{id_facture}")["documents"]
        self.assertEqual(latest, sorted(self.hash_on_the_portal(id_facture, document["id"]) for document in there), id_facture)

    def hash_on_the_portal(self, id_facture: int, document: int) -> str:
        with urllib.request.urlopen(f"{self.portal.url}/_sim/invoices/{id_facture}/documents/{document}", timeout=60) as answer:
            return hashlib.sha256(answer.read()).hexdigest()

    def the_report_is_green(self) -> None:
        """At the first look, with nothing left to mend."""
        answer = self.lambdas.invoke(FunctionName=self.outputs["ReconcileFunctionName"], Payload=b"{}")
        said = json.loads(answer["Payload"].read())
        self.assertNotIn("FunctionError", answer, said)
        self.assertEqual(len(said["establishments"]), 3, said)
        for establishment in said["establishments"]:
            self.assertTrue(establishment["green"], establishment)
            self.assertEqual(sum(establishment["requeued"].values()), 0, establishment)


def age(invoice: dict[str, Any]) -> float:
    """Seconds since the invoice's status is what it is."""
    since_when = datetime.fromisoformat(invoice["dateHeureEtatCourant"].replace("Z", "+00:00"))
    return (datetime.now(timezone.utc) - since_when).total_seconds()


def since(news: dict[str, Any]) -> str:
    return news["dateHeureEtatCourant"]
