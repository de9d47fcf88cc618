"""Processes that die at any moment, and polls that run at once, lose nothing and say nothing twice."""

import random
import threading
import time

from .scene import APPLIED, RECEIVED, Scene


class Killed(Scene):
    invoices = 60

    def test_functions_killed_at_random_moments_lose_nothing(self) -> None:
        chance = random.Random(20261123)
        over = threading.Event()
        kills = 0

        def killer() -> None:
            nonlocal kills
            while not over.is_set():
                time.sleep(chance.uniform(0.2, 1.2))
                if running := self.function_processes():
                    self.kill(chance.choice(running))
                    kills += 1

        commands = {}
        thread = threading.Thread(target=killer, daemon=True)
        thread.start()
        try:
            self._poll_whatever_happens()
            deadline = time.monotonic() + 25
            while time.monotonic() < deadline:
                self.receive()
                for event in self.of_type(RECEIVED):
                    if event["idFacture"] not in commands:
                        commands[event["idFacture"]] = self.command(event["idFacture"], ["SERVICE_FAIT", "MANDATEE"], numeroDPMandat="M1")
                time.sleep(0.2)
        finally:
            over.set()
            thread.join()
        self.assertGreater(kills, 5, "too few processes were killed for this test to say anything")

        self._poll_whatever_happens()
        self.all_announced(120)
        for event in self.of_type(RECEIVED):
            if event["idFacture"] not in commands:
                commands[event["idFacture"]] = self.command(event["idFacture"], ["SERVICE_FAIT", "MANDATEE"], numeroDPMandat="M1")
        for command in commands.values():
            self.assertEqual(self.outcome(command)["type"], APPLIED)

        episodes = [(event["idFacture"], event["episode"]) for event in self.of_type(RECEIVED)]
        self.assertEqual(len(episodes), len(set(episodes)), "an episode was announced under two ids")
        for id_facture in commands:
            history = self.portal_history(id_facture)
            self.assertEqual((history.count("SERVICE_FAIT"), history.count("MANDATEE")), (1, 1), f"{id_facture}: {history}")
        self.assertEqual(self.dead_letters("JobsDeadLetterQueueUrl"), [])
        self.assertEqual(self.dead_letters("StatusDeadLetterQueueUrl"), [])

    def _poll_whatever_happens(self) -> None:
        """A poll that is killed is what the next tick is for."""
        for _ in range(20):
            answer = self.cloud.client("lambda").invoke(FunctionName=self.outputs["PollFunctionName"], Payload=b"{}")
            answer["Payload"].read()
            if "FunctionError" not in answer:
                return
        self.fail("poll never came to its end")


class TwoPolls(Scene):
    invoices = 40
    parameters = {"OnePollAtATime": "false"}

    def test_two_polls_at_once_announce_each_invoice_under_one_id(self) -> None:
        threads = [threading.Thread(target=self.poll) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.all_announced(90)
        self.until(lambda: self.receive() or False, patience=4)
        ids = [event["idFacture"] for event in self.of_type(RECEIVED)]
        self.assertEqual(len(ids), len(set(ids)), "an invoice was announced under two ids")
        report = self.poll()
        self.assertEqual(sum(collection.get("queued", 0) for collection in report["collections"]), 0)
