"""The portal is away, or an operator says stop: messages wait, none is given up, and everything goes on by itself."""

import json
import time

from .scene import APPLIED, Scene

LYCEE = "00000000013456"


class Waiting(Scene):
    def events_logged(self, event: str) -> list[dict]:
        found = []
        for line in self.log_lines():
            if event in line:
                try:
                    found.append(json.loads(line))
                except ValueError:
                    continue
        return [line for line in found if line.get("event") == event]

    def measured(self, metric: str) -> list[int]:
        """The values of a metric, as the functions wrote it for CloudWatch."""
        lines = [json.loads(line) for line in self.log_lines() if f'"{metric}"' in line and line.startswith("{")]
        return [line[metric] for line in lines if metric in line]

    def state(self, key: str) -> dict | None:
        client = self.cloud.client("s3")
        held = client.list_objects_v2(Bucket=self.outputs["StateBucketName"], Prefix=key).get("Contents", [])
        if not held:
            return None
        return json.loads(client.get_object(Bucket=self.outputs["StateBucketName"], Key=key)["Body"].read())

    def no_dead_letters(self) -> None:
        for output in ("JobsDeadLetterQueueUrl", "StatusDeadLetterQueueUrl"):
            self.assertEqual(self.dead_letters(output), [], "a message was given up")


class Outage(Waiting):
    invoices = 30

    def open_breakers(self) -> dict:
        return (self.state("breakers/portal.json") or {}).get("open", {})

    def test_invoices_queued_before_a_maintenance_wait_for_its_end(self) -> None:
        self.portal.put("/_sim/faults", {"faults": [{"kind": "maintenance", "operation": "factures/v1/telecharger/groupe"}]})
        self.poll()
        self.assertTrue(self.until(lambda: "DOWNLOADS" in self.open_breakers(), 20), "the breaker did not open")
        # Now all of the portal goes: poll learns it, and then leaves it alone.
        self.portal.put("/_sim/faults", {"faults": [{"kind": "maintenance"}]})
        self.poll()
        self.assertIn("READS", self.open_breakers())
        report = self.poll()
        self.assertEqual({c["state"] for c in report["collections"]}, {"waiting"}, "poll calls a portal that is away")
        self.assertTrue(self.until(lambda: max(self.measured("BreakerOpen"), default=0) >= 1, 10), "the alarm's metric does not say so")
        time.sleep(10)
        downloads = len(self.calls("telecharger/groupe"))
        self.assertLess(downloads, 60, "the portal is called again and again while it is away")
        self.no_dead_letters()

        self.portal.put("/_sim/faults", {"faults": []})
        self.all_announced(60)
        self.no_dead_letters()
        self.assertNotIn("DOWNLOADS", self.open_breakers(), "the first success closes the breaker")
        counts = [line["receiveCount"] for line in self.events_logged("batch.waits")]
        self.assertTrue(counts, "no job has waited: this test says nothing")
        self.assertLessEqual(max(counts), 8, "messages come back too often")


class Switched(Waiting):
    invoices = 3

    def switch(self, **what: bool) -> None:
        body = json.dumps({"version": 1, "fetch": True, "push": True, "by": "e2e", "why": "a test", **what})
        self.cloud.client("s3").put_object(Bucket=self.outputs["StateBucketName"], Key=f"switches/{LYCEE}.json", Body=body.encode())

    def test_a_switch_holds_commands_and_invoices_back_and_lets_them_go_on(self) -> None:
        first = self.deposit(siret=LYCEE)
        self.poll()
        self.all_announced()
        self.switch(push=False, fetch=False)
        command = self.command(first, "SERVICE_FAIT")
        self.deposit(siret=LYCEE)
        report = self.poll()
        states = {c["siret"]: c["state"] for c in report["collections"]}
        self.assertEqual(states[LYCEE], "off")
        self.assertEqual({state for siret, state in states.items() if siret != LYCEE}, {"collected"})
        self.assertTrue(self.until(lambda: self.events_logged("batch.waits"), 20), "the command did not wait")
        self.assertEqual(self.portal_status(first), "MISE_A_DISPOSITION")

        self.switch()
        self.assertEqual(self.outcome(command)["type"], APPLIED)
        self.assertEqual(self.portal_status(first), "SERVICE_FAIT")
        self.poll()
        self.all_announced()
        self.no_dead_letters()
