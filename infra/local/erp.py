"""A played ERP: reads its queue with a user of its own, books what comes, and answers with decisions.

It holds nothing but the policy that the template offers an ERP, and works the way an ERP's own program would: receive, act, delete.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from .cloud import Cloud

SOURCE = "urn:erp:demo"
RECEIVED = "relais.invoice.received.v1"
CHANGED = "relais.invoice.status-changed.v1"
APPLIED = "relais.status.applied.v1"
REFUSED = "relais.status.refused.v1"

#: Statuses in which an invoice waits for the ERP's decision.
OPEN = ("MISE_A_DISPOSITION", "COMPLETEE")


@dataclass(frozen=True)
class Decision:
    """One command, and the status that the portal must show once it is done."""

    command_id: str
    siret: str
    id_facture: int
    wished: list[str]
    data: dict[str, Any]
    sent_at: float


@dataclass
class Books:
    """All that the ERP has seen and decided."""

    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: By event id: when the queue took it, in seconds since the epoch.
    queued_at: dict[str, float] = field(default_factory=dict)
    repeats: int = 0
    decisions: dict[str, Decision] = field(default_factory=dict)
    outcomes: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    outcome_at: dict[str, float] = field(default_factory=dict)

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in list(self.events.values()) if event["type"] == kind]

    def waiting(self) -> list[str]:
        return [command_id for command_id in list(self.decisions) if command_id not in self.outcomes]


class Erp:
    """Runs in a thread of its own until it is told to stop."""

    def __init__(self, cloud: Cloud, outputs: dict[str, str], by_hand: frozenset[str] = frozenset()) -> None:
        """`by_hand`: the numbers of invoices that it books and leaves for somebody to decide on."""
        self.books = Books()
        self.trouble: BaseException | None = None
        self._by_hand = by_hand
        self._queue = outputs["ErpQueueUrl"]
        self._statuses = outputs["StatusQueueUrl"]
        access, secret = _user(cloud, outputs["ErpPolicyArn"])
        self._sqs = cloud.client("sqs", access, secret)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="erp", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(timeout=10)

    def decide(self, siret: str, id_facture: int, wish: dict[str, Any]) -> str:
        """Sends a decision made by hand, and returns its id."""
        decision = self._decision(siret, id_facture, wish)
        self._send([decision])
        return decision.command_id

    def _run(self) -> None:
        try:
            while not self._over.is_set():
                self._read_once()
        except BaseException as problem:  # noqa: BLE001: whatever it is, the demo has to say it
            self.trouble = problem

    def _read_once(self) -> None:
        answer = self._sqs.receive_message(
            QueueUrl=self._queue, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageSystemAttributeNames=["SentTimestamp"]
        )
        messages = answer.get("Messages", [])
        commands = []
        for message in messages:
            event = json.loads(message["Body"])
            sent = int(message["Attributes"]["SentTimestamp"]) / 1000
            decision = self._book(event, sent)
            if decision:
                commands.append(decision)
        self._send(commands)
        if messages:
            self._sqs.delete_message_batch(
                QueueUrl=self._queue,
                Entries=[{"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]} for index, message in enumerate(messages)],
            )

    def _book(self, event: dict[str, Any], sent: float) -> Decision | None:
        """A repeated event has the same id: it is known already, and nothing is decided twice."""
        books = self.books
        if event["id"] in books.events:
            books.repeats += 1
            return None
        books.events[event["id"]] = event
        books.queued_at[event["id"]] = sent
        if event["type"] in (APPLIED, REFUSED):
            command_id = event["data"]["commandId"]
            books.outcomes.setdefault(command_id, []).append(event)
            books.outcome_at[command_id] = sent
        if event["type"] == RECEIVED:
            return self._decide(event["data"])
        return None

    def _decide(self, invoice: dict[str, Any]) -> Decision | None:
        """Half are paid for, half only confirmed."""
        if invoice["statut"] not in OPEN or invoice.get("typeDemandePaiement") != "FACTURE" or invoice["numeroFacture"] in self._by_hand:
            return None
        turn = len(self.books.decisions)
        wish = {"nouveauStatut": ["SERVICE_FAIT", "MANDATEE"], "numeroDPMandat": f"M{turn:07d}"} if turn % 2 else {"nouveauStatut": "SERVICE_FAIT"}
        return self._decision(invoice["etablissement"]["siret"], invoice["idFacture"], wish)

    def _decision(self, siret: str, id_facture: int, wish: dict[str, Any]) -> Decision:
        wished = wish["nouveauStatut"]
        steps = [wished] if isinstance(wished, str) else wished
        data = {"siret": siret, "idFacture": id_facture, **wish}
        decision = Decision(f"demo-{uuid.uuid4()}", siret, id_facture, steps, data, time.time())
        self.books.decisions[decision.command_id] = decision
        return decision

    def _send(self, commands: list[Decision]) -> None:
        if not commands:
            return
        entries = [
            {
                "Id": str(index),
                "MessageBody": json.dumps(
                    {
                        "specversion": "1.0",
                        "id": command.command_id,
                        "source": SOURCE,
                        "type": "relais.status.set.v1",
                        "data": command.data,
                    }
                ),
                "MessageGroupId": str(command.id_facture),
                "MessageDeduplicationId": command.command_id,
            }
            for index, command in enumerate(commands)
        ]
        answer = self._sqs.send_message_batch(QueueUrl=self._statuses, Entries=entries)
        if answer.get("Failed"):
            raise RuntimeError(f"the statuses queue refused a command: {answer['Failed'][0]}")


def _user(cloud: Cloud, policy: str) -> tuple[str, str]:
    """A user of the ERP's own, with the policy that the stack offers and no other right."""
    iam = cloud.client("iam")
    name = f"erp-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]
