"""A stack of its own for a class of tests: a portal, the template deployed beside others, and what an ERP does by hand."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import time
import unittest
import uuid
from collections import Counter
from pathlib import Path
from typing import Any, Callable

from infra.local import cloud, deploy, package, portal, process

RECEIVED = "relais.invoice.received.v1"
CHANGED = "relais.invoice.status-changed.v1"
APPLIED = "relais.status.applied.v1"
REFUSED = "relais.status.refused.v1"

#: Short visibilities, so that what a killed process held comes back while the test watches.
PARAMETERS = {"ArchiveTimeout": "15", "JobsVisibility": "16", "PushStatusTimeout": "10", "StatusesVisibility": "11"}


class Scene(unittest.TestCase):
    """Deploys before the first test of the class; reads every log line after the last."""

    invoices = 0
    parameters: dict[str, str] = {}

    @classmethod
    def setUpClass(cls) -> None:
        folder = os.environ.get("RELAIS_E2E_FOLDER")
        if not folder:
            raise unittest.SkipTest("no cloud: run `make test-e2e`")
        found = cloud.recall(Path(folder))
        assert found, f"the cloud of {folder} does not answer"
        cls.cloud = found
        cls.stack = f"{cls.__name__.lower()}-{uuid.uuid4().hex[:6]}"
        cls.folder = Path(folder) / cls.stack
        cls.folder.mkdir()
        cls.portal = portal.start(cls.folder, process.free_port(), portal.Options(seed=7), cls.invoices)
        cls.addClassCleanup(portal.stop, cls.folder)
        cls.configuration = cls.portal.configuration()
        chosen = {**PARAMETERS, **cls.parameters}
        cls.outputs = deploy.deploy(cls.cloud, cls.stack, package.for_laptop(), cls.configuration, chosen)
        cls.events: dict[str, dict[str, Any]] = {}
        cls.wire: Counter[str] = Counter()

    @classmethod
    def tearDownClass(cls) -> None:
        cls._no_secret_and_no_iban_in_any_log_line()

    # What the ERP does.

    def receive(self) -> None:
        """Takes what is in the ERP's queue now."""
        sqs = self.cloud.client("sqs")
        while True:
            answer = sqs.receive_message(QueueUrl=self.outputs["ErpQueueUrl"], MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                event = json.loads(message["Body"])
                self.wire[event["id"]] += 1
                self.events[event["id"]] = event
                sqs.delete_message(QueueUrl=self.outputs["ErpQueueUrl"], ReceiptHandle=message["ReceiptHandle"])
            if not answer.get("Messages"):
                return

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [event["data"] for event in self.events.values() if event["type"] == kind]

    def announced(self, id_facture: int, kind: str = RECEIVED) -> list[dict[str, Any]]:
        return [data for data in self.of_type(kind) if data["idFacture"] == id_facture]

    def command(self, id_facture: int, statut: str | list[str], command_id: str | None = None, **more: Any) -> str:
        """Sends a command and returns its id."""
        command_id = command_id or f"test-{uuid.uuid4()}"
        data = {"siret": self.siret(id_facture), "idFacture": id_facture, "nouveauStatut": statut, **more}
        body = {"specversion": "1.0", "id": command_id, "source": "urn:erp:test", "type": "relais.status.set.v1", "data": data}
        self.send_status(json.dumps(body), str(id_facture))
        return command_id

    def send_status(self, body: str, group: str = "odd") -> None:
        sqs = self.cloud.client("sqs")
        sqs.send_message(
            QueueUrl=self.outputs["StatusQueueUrl"], MessageBody=body, MessageGroupId=group, MessageDeduplicationId=str(uuid.uuid4())
        )

    def outcome(self, command_id: str) -> dict[str, Any]:
        """The one outcome of a command, waited for."""

        def there() -> bool:
            self.receive()
            return any(e["data"].get("commandId") == command_id and e["type"] in (APPLIED, REFUSED) for e in self.events.values())

        self.assertTrue(self.until(there), f"no outcome of {command_id} came")
        found = [e for e in self.events.values() if e["data"].get("commandId") == command_id and e["type"] in (APPLIED, REFUSED)]
        self.assertEqual(len(found), 1, f"{command_id} has {len(found)} outcomes")
        return found[0]

    # What the schedule does.

    def poll(self, payload: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self.cloud.client("lambda").invoke(FunctionName=self.outputs["PollFunctionName"], Payload=json.dumps(payload or {}).encode())
        said = json.loads(answer["Payload"].read() or b"null")
        self.assertNotIn("FunctionError", answer, said)
        return said

    def all_announced(self, patience: float = 60) -> None:
        """Waits until the ERP knows every invoice that the portal lists."""

        def there() -> bool:
            self.receive()
            return {i["idFacture"] for i in self.portal.invoices()} <= {d["idFacture"] for d in self.of_type(RECEIVED)}

        self.assertTrue(self.until(there, patience), f"{len(self.of_type(RECEIVED))} of {len(self.portal.invoices())} invoices were announced")

    # What is there.

    def siret(self, id_facture: int) -> str:
        return self.portal.get(f"/_sim/invoices/{id_facture}")["siret"]

    def deposit(self, **what: Any) -> int:
        answer = self.portal.post("/_sim/invoices", {"typeFacture": "FACTURE", **what})
        return answer["idFacture"]

    def by_a_person(self, id_facture: int, statut: str, commentaire: str | None = None) -> None:
        """Somebody at the town hall clicks on the portal."""
        self.portal.post(f"/_sim/invoices/{id_facture}/status", {"statut": statut, "commentaire": commentaire, "par": "person"})

    def portal_status(self, id_facture: int) -> str:
        return self.portal.get(f"/_sim/invoices/{id_facture}")["statut"]

    def portal_history(self, id_facture: int) -> list[str]:
        """The statuses that the invoice went through, oldest first."""
        return [entry["statut"] for entry in self.portal.get(f"/_sim/invoices/{id_facture}")["historique"]]

    def dead_letters(self, output: str) -> list[dict[str, Any]]:
        """The messages of a dead-letter queue, with their attributes; they stay there."""
        sqs, found = self.cloud.client("sqs"), {}
        for _ in range(3):
            answer = sqs.receive_message(QueueUrl=self.outputs[output], MaxNumberOfMessages=10, VisibilityTimeout=0, MessageAttributeNames=["All"])
            found |= {message["MessageId"]: message for message in answer.get("Messages", [])}
        return list(found.values())

    def object(self, key: str) -> bytes:
        return self.cloud.client("s3").get_object(Bucket=self.outputs["ArchiveBucketName"], Key=key)["Body"].read()

    def keys(self, prefix: str) -> list[str]:
        pages = self.cloud.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.outputs["ArchiveBucketName"], Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def calls(self, path: str) -> list[dict[str, Any]]:
        return [call for call in self.portal.calls() if call["path"].endswith(path)]

    def function_processes(self) -> list[int]:
        """The processes that run this stack's functions."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError, ValueError):
                if f"AWS_LAMBDA_FUNCTION_NAME={self.stack}" in entry.read_bytes().decode(errors="replace"):
                    found.append(int(entry.parent.name))
        return found

    def kill(self, pid: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    @staticmethod
    def until(condition: Callable[[], bool], patience: float = 60, every: float = 0.3) -> bool:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(every)
        return condition()

    @classmethod
    def log_lines(cls) -> list[str]:
        client = cls.cloud.client("logs")
        lines: list[str] = []
        for group in client.describe_log_groups(logGroupNamePrefix=f"/relais/{cls.stack}/")["logGroups"]:
            for page in client.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
                lines += [event["message"] for event in page["events"]]
        return lines

    @classmethod
    def _no_secret_and_no_iban_in_any_log_line(cls) -> None:
        secrets = [cls.configuration["piste"]["client_secret"]]
        for establishment in cls.configuration["establishments"]:
            account = establishment["technical_account"]
            pair = f"{account['login']}:{account['password']}".encode()
            secrets += [account["password"], base64.b64encode(pair).decode()]
        secrets += [invoice["iban"] for invoice in cls.portal.invoices() if invoice.get("iban")]
        lines = cls.log_lines()
        assert lines, "the functions logged nothing at all: this check would see nothing"
        for secret in secrets:
            leaks = [line for line in lines if secret in line]
            assert not leaks, f"a secret or an IBAN is in a log line: {leaks[0][:200]}"
