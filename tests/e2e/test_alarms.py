"""Each alarm of the template, made to rise and to fall.

What is real here: the functions, the queues, what goes wrong, and the numbers that come of it. The laptop's CloudWatch keeps the alarms' definitions
(resolved from the template at deployment) and counts invocations and errors of functions; it evaluates no alarm, and has no metrics of queues or of
EMF lines. So each test makes the condition true, takes the numbers from where CloudWatch would take them (the functions' EMF log lines, the queues' own
attributes, the counts or log lines of invocations), and applies the alarm's definition to them as CloudWatch's documentation describes: namespace, metric, dimensions,
statistic, threshold, periods, missing data.

Time is the one thing that is not waited for. Where an alarm wants several periods in a row, each failure made here stands for one period, as the schedule
would make them; the age of a message is its real time of sending, looked at from as many minutes later.
"""

import json
import re
import time
import uuid
from datetime import date, datetime, timedelta, timezone
from typing import Iterable

from infra.local import template
from infra.local.places import logical_id

from .scene import Scene

SIRET = "00000000013456"
ACCOUNTS = ("TECH_1_1@cpro.fr", "TECH_1_2@cpro.fr", "TECH_1_3@cpro.fr")
ALARMS = {name for name, body in template.read()["Resources"].items() if body["Type"] == "AWS::CloudWatch::Alarm"}

#: The values of a metric in one period; None when there are none.
Period = list[float] | None


def breaches(alarm: dict, values: list[float]) -> bool:
    statistic = {"Sum": sum, "Maximum": max, "Minimum": min, "Average": lambda all_: sum(all_) / len(all_)}[alarm["Statistic"]]
    compare = {
        "GreaterThanThreshold": float.__gt__, "GreaterThanOrEqualToThreshold": float.__ge__,
        "LessThanThreshold": float.__lt__, "LessThanOrEqualToThreshold": float.__le__,
    }[alarm["ComparisonOperator"]]
    return compare(float(statistic(values)), float(alarm["Threshold"]))


def state(alarm: dict, periods: Iterable[Period]) -> str:
    """ALARM, OK, or UNCHANGED when there is nothing to go by; the last period comes last."""
    wanted = int(alarm["EvaluationPeriods"])
    looked_at = list(periods)[-wanted:]
    assert len(looked_at) == wanted, f"{wanted} periods are evaluated, {len(looked_at)} were given"
    missing = alarm.get("TreatMissingData", "missing")
    if all(values is None for values in looked_at) and missing in ("ignore", "missing"):
        return "UNCHANGED"
    breaching = [breaches(alarm, values) if values is not None else missing == "breaching" for values in looked_at]
    return "ALARM" if sum(breaching) >= int(alarm.get("DatapointsToAlarm") or wanted) else "OK"


def template_output(function: str) -> str:
    return logical_id(function) + "Name"


class Alarms(Scene):
    invoices = 1
    parameters = {"MaxReceives": "1000", "ErpVisibility": "1", "ReconcileGraceMinutes": "0"}

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        described = cls.cloud.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{cls.stack}-")["MetricAlarms"]
        cls.definitions = {re.sub(rf"^{cls.stack}-(\w+)-\w+$", r"\1", alarm["AlarmName"]): alarm for alarm in described}

    def setUp(self) -> None:
        for login in ACCOUNTS:
            self.portal_change("PATCH", "/_sim/accounts", {"login": login, "expired": False, "passwordExpires": "2099-01-01"})
        self.portal_change("PUT", "/_sim/faults", {"faults": []})
        self.close_breakers()

    def close_breakers(self) -> None:
        """What one test has broken is no outage for the next: no breaker is open, and no process remembers one."""
        listed = self.cloud.client("s3").list_objects_v2(Bucket=self.outputs["StateBucketName"], Prefix="breakers/").get("Contents", [])
        for entry in listed:
            self.cloud.client("s3").delete_object(Bucket=self.outputs["StateBucketName"], Key=entry["Key"])
        if listed:
            for pid in self.function_processes():
                self.kill(pid)
            self.until(lambda: self.invoke("PollFunctionName"), 30)

    def portal_change(self, method: str, path: str, body: dict) -> None:
        self.portal._call(method, path, body)

    said = ""

    # What an alarm looks at.

    def alarm(self, name: str) -> dict:
        self.assertIn(name, self.definitions, "the alarm was not deployed")
        return self.definitions[name]

    def dimensions(self, alarm: dict) -> dict[str, str]:
        return {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}

    def rises(self, name: str, *periods: Period) -> None:
        self.assertEqual(state(self.alarm(name), periods), "ALARM", f"{name} stays quiet with {periods}")

    def falls(self, name: str, *periods: Period) -> None:
        self.assertEqual(state(self.alarm(name), periods), "OK", f"{name} stays with {periods}")

    def times(self, name: str, period: Period) -> list[Period]:
        """The same in each of the periods that the alarm looks at."""
        return [period] * int(self.alarm(name)["EvaluationPeriods"])

    def counted(self, name: str) -> float:
        """What CloudWatch has counted so far of an alarm's AWS/Lambda metric."""
        alarm, now = self.alarm(name), datetime.now(timezone.utc)
        self.assertEqual(alarm["Namespace"], "AWS/Lambda")
        given = self.cloud.client("cloudwatch").get_metric_statistics(
            Namespace=alarm["Namespace"], MetricName=alarm["MetricName"], Dimensions=alarm["Dimensions"], Statistics=["Sum"],
            StartTime=now - timedelta(hours=1), EndTime=now + timedelta(minutes=5), Period=3600,
        )
        return sum(point["Sum"] for point in given["Datapoints"])

    def failed_batches(self, name: str, function: str) -> float:
        """Invocations by a queue that ended in an error, as their log lines tell: the laptop's CloudWatch counts only those by a caller."""
        alarm = self.alarm(name)
        self.assertEqual((alarm["Namespace"], alarm["MetricName"]), ("AWS/Lambda", "Errors"))
        self.assertEqual(self.dimensions(alarm), {"FunctionName": self.outputs[template_output(function)]})
        client, failed = self.cloud.client("logs"), 0
        for page in client.get_paginator("filter_log_events").paginate(logGroupName=f"/relais/{self.stack}/{function}"):
            lines = [event["message"] for event in page["events"] if event["message"].startswith("{")]
            failed += sum("lambda_runtime" in json.loads(line).get("target", "") and json.loads(line)["level"] == "ERROR" for line in lines)
        return float(failed)

    def visible(self, name: str, output: str) -> list[float]:
        """The alarm's metric of this very queue, at this moment."""
        alarm = self.alarm(name)
        self.assertEqual((alarm["Namespace"], alarm["MetricName"]), ("AWS/SQS", "ApproximateNumberOfMessagesVisible"))
        self.assertEqual(self.dimensions(alarm), {"QueueName": self.outputs[output].rsplit("/", 1)[1]})
        return [float(self.depth(output)["ApproximateNumberOfMessages"])]

    def depth(self, output: str) -> dict[str, int]:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        given = self.cloud.client("sqs").get_queue_attributes(QueueUrl=self.outputs[output], AttributeNames=names)["Attributes"]
        return {key: int(value) for key, value in given.items()}

    def ages(self, name: str, output: str, sent: float, later: float) -> list[Period]:
        """The age of a message that is still there, minute by minute, the last one `later` seconds from now."""
        alarm = self.alarm(name)
        self.assertEqual((alarm["Namespace"], alarm["MetricName"]), ("AWS/SQS", "ApproximateAgeOfOldestMessage"))
        self.assertEqual(self.dimensions(alarm), {"QueueName": self.outputs[output].rsplit("/", 1)[1]})
        self.assertGreater(sum(self.depth(output).values()), 0, "the message was taken: nothing is old there")
        last = time.time() + later - sent
        number = int(alarm["EvaluationPeriods"])
        return [[max(0.0, last - alarm["Period"] * (number - 1 - n))] for n in range(number)]

    def emitted(self, name: str, function: str) -> list[float]:
        """The values of an alarm's metric in the EMF lines of a function, oldest first."""
        alarm, found = self.alarm(name), []
        client = self.cloud.client("logs")
        for page in client.get_paginator("filter_log_events").paginate(logGroupName=f"/relais/{self.stack}/{function}"):
            for line in (event["message"] for event in page["events"]):
                if '"_aws"' not in line:
                    continue
                document = json.loads(line)
                for directive in document["_aws"]["CloudWatchMetrics"]:
                    declared = {metric["Name"] for metric in directive["Metrics"]}
                    dimensions = [{dimension: document[dimension] for dimension in some} for some in directive["Dimensions"]]
                    if directive["Namespace"] == alarm["Namespace"] and alarm["MetricName"] in declared and self.dimensions(alarm) in dimensions:
                        found.append(float(document[alarm["MetricName"]]))
        return found

    def invoke(self, output: str) -> bool:
        """Invokes a function as its schedule does; whether it ended well."""
        answer = self.cloud.client("lambda").invoke(FunctionName=self.outputs[output], Payload=b"{}")
        self.said = answer["Payload"].read().decode()
        return "FunctionError" not in answer

    def put(self, output: str, key: str, body: bytes) -> None:
        self.cloud.client("s3").put_object(Bucket=self.outputs[output], Key=key, Body=body)

    def garbled_job(self) -> float:
        """A job that fails by its own fault each time: its manifest in the archive cannot be read. When it was sent."""
        id_facture = self.deposit(siret=SIRET)
        self.poll()
        self.assertTrue(self.until(lambda: self.receive() or bool(self.announced(id_facture)), 60))
        event = self.announced(id_facture)[0]
        folder = event["archive"]["prefix"]
        self.cloud.client("s3").delete_object(Bucket=self.outputs["ArchiveBucketName"], Key=f"{folder}published.json")
        self.put("ArchiveBucketName", f"{folder}archived.json", b"garbled")
        told = ("idFacture", "episode", "statut", "dateHeureEtatCourant", "typeDemandePaiement", "numeroFacture")
        data = {"siret": SIRET, "cause": "POLL", **{name: event[name] for name in told}}
        job = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": "urn:test", "type": "relais.invoice.job.v1", "data": data}
        self.cloud.client("sqs").send_message(QueueUrl=self.outputs["JobsQueueUrl"], MessageBody=json.dumps(job))
        return time.time()

    def garbled_command(self) -> float:
        """A command that fails by its own fault each time: what the archive says of it cannot be read. When it was sent."""
        id_facture = self.deposit(siret=SIRET)
        self.poll()
        self.assertTrue(self.until(lambda: self.receive() or bool(self.announced(id_facture)), 60))
        command = self.command(id_facture, "SUSPENDUE")
        self.outcome(command)
        [fact] = [key for key in self.keys(f"{self.siret(id_facture)}/{id_facture:012}/pushes/") if self.says(key, command)]
        self.put("ArchiveBucketName", fact, b"garbled")
        self.command(id_facture, "SUSPENDUE", command_id=command)
        return time.time()

    def says(self, key: str, command: str) -> bool:
        return command.encode() in self.object(key)

    # Invoices do not come.

    def test_poll_silence(self) -> None:
        self.rises("PollSilenceAlarm", *self.times("PollSilenceAlarm", None))
        before = self.counted("PollSilenceAlarm")
        self.poll()
        polls = self.counted("PollSilenceAlarm") - before
        self.assertEqual(polls, 1.0, "the metric does not count polls")
        self.falls("PollSilenceAlarm", *self.times("PollSilenceAlarm", None)[1:], [polls])

    def test_poll_errors(self) -> None:
        keys = [f"cursors/{one}/{kind}.json" for one in (e["siret"] for e in self.configuration["establishments"]) for kind in ("FACTURE", "FACTURE_TRAVAUX", "FACTURE_TRAVAUX_MOA", "FACTURE_TRAVAUX_MOE")]
        for key in keys:
            self.put("StateBucketName", key, b"garbled")
            self.addCleanup(self.cloud.client("s3").delete_object, Bucket=self.outputs["StateBucketName"], Key=key)
        periods = []
        for _ in range(int(self.alarm("PollErrorsAlarm")["EvaluationPeriods"])):
            before = self.counted("PollErrorsAlarm")
            self.assertFalse(self.invoke("PollFunctionName"), self.said)
            periods.append([self.counted("PollErrorsAlarm") - before])
        self.rises("PollErrorsAlarm", *periods)
        for key in keys:
            self.cloud.client("s3").delete_object(Bucket=self.outputs["StateBucketName"], Key=key)
        before = self.counted("PollErrorsAlarm")
        self.assertTrue(self.invoke("PollFunctionName"))
        self.falls("PollErrorsAlarm", *periods[1:], [self.counted("PollErrorsAlarm") - before])

    def test_archive_errors(self) -> None:
        before = self.failed_batches("ArchiveErrorsAlarm", "archive")
        self.garbled_job()
        self.assertTrue(self.until(lambda: self.failed_batches("ArchiveErrorsAlarm", "archive") > before, 30), "no error of archive is counted")
        self.rises("ArchiveErrorsAlarm", *self.times("ArchiveErrorsAlarm", [self.failed_batches("ArchiveErrorsAlarm", "archive") - before]))
        self.falls("ArchiveErrorsAlarm", *self.times("ArchiveErrorsAlarm", None))

    def test_push_status_errors(self) -> None:
        before = self.failed_batches("PushStatusErrorsAlarm", "push-status")
        self.garbled_command()
        self.assertTrue(self.until(lambda: self.failed_batches("PushStatusErrorsAlarm", "push-status") > before, 30), "no error of push-status is counted")
        self.rises("PushStatusErrorsAlarm", *self.times("PushStatusErrorsAlarm", [self.failed_batches("PushStatusErrorsAlarm", "push-status") - before]))
        self.falls("PushStatusErrorsAlarm", *self.times("PushStatusErrorsAlarm", None))

    def test_breaker_open(self) -> None:
        self.portal_change("PUT", "/_sim/faults", {"faults": [{"kind": "maintenance"}]})
        seen: list[float] = []

        def open_now() -> bool:
            self.invoke("PollFunctionName")
            seen[:] = self.emitted("BreakerOpenAlarm", "poll")
            return bool(seen) and seen[-1] >= 1

        self.assertTrue(self.until(open_now, 60, every=1), f"no breaker opens in an outage: {seen}")
        self.rises("BreakerOpenAlarm", *self.times("BreakerOpenAlarm", [seen[-1]]))
        self.portal_change("PUT", "/_sim/faults", {"faults": []})
        self.close_breakers()
        self.assertTrue(self.until(lambda: self.invoke("PollFunctionName") and self.emitted("BreakerOpenAlarm", "poll")[-1] == 0, 60, every=1))
        self.falls("BreakerOpenAlarm", *self.times("BreakerOpenAlarm", [seen[-1]])[1:], [self.emitted("BreakerOpenAlarm", "poll")[-1]])

    # Dead letters.

    def test_jobs_dead_letters(self) -> None:
        self.cloud.client("sqs").purge_queue(QueueUrl=self.outputs["JobsDeadLetterQueueUrl"])
        self.falls("JobsDeadLettersAlarm", self.visible("JobsDeadLettersAlarm", "JobsDeadLetterQueueUrl"))
        self.cloud.client("sqs").send_message(QueueUrl=self.outputs["JobsQueueUrl"], MessageBody="not a job")
        self.assertTrue(self.until(lambda: self.visible("JobsDeadLettersAlarm", "JobsDeadLetterQueueUrl")[0] > 0, 30))
        self.rises("JobsDeadLettersAlarm", self.visible("JobsDeadLettersAlarm", "JobsDeadLetterQueueUrl"))

    def test_statuses_dead_letters(self) -> None:
        self.cloud.client("sqs").purge_queue(QueueUrl=self.outputs["StatusDeadLetterQueueUrl"])
        self.falls("StatusesDeadLettersAlarm", self.visible("StatusesDeadLettersAlarm", "StatusDeadLetterQueueUrl"))
        self.send_status("not a command")
        self.assertTrue(self.until(lambda: self.visible("StatusesDeadLettersAlarm", "StatusDeadLetterQueueUrl")[0] > 0, 30))
        self.rises("StatusesDeadLettersAlarm", self.visible("StatusesDeadLettersAlarm", "StatusDeadLetterQueueUrl"))

    def test_erp_dead_letters(self) -> None:
        self.cloud.client("sqs").purge_queue(QueueUrl=self.outputs["ErpDeadLetterQueueUrl"])
        self.falls("ErpDeadLettersAlarm", self.visible("ErpDeadLettersAlarm", "ErpDeadLetterQueueUrl"))
        sqs, url = self.cloud.client("sqs"), self.outputs["ErpQueueUrl"]
        redrive = json.loads(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]["RedrivePolicy"])
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": json.dumps({**redrive, "maxReceiveCount": 1})})
        self.deposit(siret=SIRET)
        self.poll()

        def taken_and_not_deleted() -> bool:
            sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            return self.visible("ErpDeadLettersAlarm", "ErpDeadLetterQueueUrl")[0] > 0

        self.assertTrue(self.until(taken_and_not_deleted, 60))
        self.rises("ErpDeadLettersAlarm", self.visible("ErpDeadLettersAlarm", "ErpDeadLetterQueueUrl"))
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(redrive)})

    # What waits for too long.

    def old(self, name: str, output: str, sent: float) -> None:
        threshold = self.alarm(name)["Threshold"]
        self.falls(name, *self.ages(name, output, sent, later=0))
        self.falls(name, *self.ages(name, output, sent, later=threshold))
        minutes = self.alarm(name)["EvaluationPeriods"] * self.alarm(name)["Period"]
        self.rises(name, *self.ages(name, output, sent, later=threshold + minutes))

    def test_oldest_job(self) -> None:
        self.old("OldestJobAlarm", "JobsQueueUrl", self.garbled_job())

    def test_oldest_status(self) -> None:
        self.old("OldestStatusAlarm", "StatusQueueUrl", self.garbled_command())

    def test_oldest_event(self) -> None:
        sent = time.time()
        self.deposit(siret=SIRET)
        self.poll()
        self.assertTrue(self.until(lambda: sum(self.depth("ErpQueueUrl").values()) > 0, 30))
        self.old("OldestEventAlarm", "ErpQueueUrl", sent)

    # Completeness.

    def reconcile(self, name: str) -> float:
        """Runs the proof once and returns what it adds to the alarm's metric."""
        before = self.emitted(name, "reconcile")
        self.invoke("ReconcileFunctionName")
        self.assertTrue(self.until(lambda: len(self.reconciled()) > self.runs, 45), "the proof writes no metric")
        self.runs = len(self.reconciled())
        return sum(self.emitted(name, "reconcile")[len(before):])

    runs = 0

    def reconciled(self) -> list[str]:
        """The runs that have ended, by their EMF lines."""
        client, found = self.cloud.client("logs"), []
        for page in client.get_paginator("filter_log_events").paginate(logGroupName=f"/relais/{self.stack}/reconcile"):
            found += [event["message"] for event in page["events"] if '"_aws"' in event["message"]]
        return found

    def test_not_green(self) -> None:
        self.runs = len(self.reconciled())
        self.deposit(siret=SIRET)
        found = self.reconcile("NotGreenAlarm")
        self.assertGreater(found, 0, "an invoice that nobody fetched is not missed")
        self.rises("NotGreenAlarm", *self.times("NotGreenAlarm", None)[1:], [found])
        self.falls("NotGreenAlarm", *self.times("NotGreenAlarm", None))

    def test_reconcile_failures(self) -> None:
        key, periods = f"reconcile/{SIRET}.json", []
        self.runs = len(self.reconciled())
        for _ in range(2):
            self.put("StateBucketName", key, b"garbled")
            periods.append([self.reconcile("ReconcileFailuresAlarm")])
        self.cloud.client("s3").delete_object(Bucket=self.outputs["StateBucketName"], Key=key)
        quiet = self.times("ReconcileFailuresAlarm", None)
        self.rises("ReconcileFailuresAlarm", *quiet[2:], *periods)
        self.falls("ReconcileFailuresAlarm", *quiet[1:], periods[0])

    def test_reconcile_silence(self) -> None:
        quiet = self.times("ReconcileSilenceAlarm", None)
        self.rises("ReconcileSilenceAlarm", *quiet)
        self.runs = len(self.reconciled())
        self.cloud.client("s3").delete_object(Bucket=self.outputs["StateBucketName"], Key=f"reconcile/{SIRET}.json")
        self.falls("ReconcileSilenceAlarm", *quiet[1:], [self.reconcile("ReconcileSilenceAlarm")])

    # The credentials.

    def probed(self, name: str) -> list[float]:
        """What the radar says now, in the alarm's metric."""
        before = len(self.emitted(name, "probe"))
        self.assertTrue(self.invoke("ProbeFunctionName"))
        found: list[float] = []

        def there() -> bool:
            found[:] = self.emitted(name, "probe")[before:]
            return bool(found)

        self.assertTrue(self.until(there, 45), f"the radar does not write the metric of {name}: {self.said}")
        return found

    def test_probe_failures(self) -> None:
        self.falls("ProbeFailuresAlarm", self.probed("ProbeFailuresAlarm"))
        self.portal_change("PATCH", "/_sim/accounts", {"login": ACCOUNTS[1], "expired": True})
        self.rises("ProbeFailuresAlarm", self.probed("ProbeFailuresAlarm"))
        self.portal_change("PATCH", "/_sim/accounts", {"login": ACCOUNTS[1], "expired": False})
        self.falls("ProbeFailuresAlarm", self.probed("ProbeFailuresAlarm"))
        self.assertEqual(state(self.alarm("ProbeFailuresAlarm"), [None]), "UNCHANGED", "a day without a probe ends the alarm")

    def password(self, days: int) -> dict[str, str]:
        """The states of the three alarms when the shortest password has so many days left."""
        ending = (date.today() + timedelta(days=days)).isoformat()
        self.portal_change("PATCH", "/_sim/accounts", {"login": ACCOUNTS[2], "passwordExpires": ending})
        names = [f"Password{left}DaysAlarm" for left in (60, 30, 7)]
        seen = self.probed(names[0])
        return {name: state(self.alarm(name), [seen]) for name in names}

    def test_password_60_days(self) -> None:
        self.assertEqual(list(self.password(70).values()), ["OK", "OK", "OK"])
        self.assertEqual(list(self.password(45).values()), ["ALARM", "OK", "OK"])

    def test_password_30_days(self) -> None:
        self.assertEqual(list(self.password(20).values()), ["ALARM", "ALARM", "OK"])

    def test_password_7_days(self) -> None:
        self.assertEqual(list(self.password(3).values()), ["ALARM", "ALARM", "ALARM"])
        self.assertEqual(list(self.password(-1).values()), ["ALARM", "ALARM", "ALARM"], "a password that has expired is no longer spoken of")

    def test_probe_errors(self) -> None:
        secrets, arn = self.cloud.client("secretsmanager"), self.outputs["ConfigurationSecretArn"]
        secrets.put_secret_value(SecretId=arn, SecretString="{}")
        for pid in self.function_processes():
            self.kill(pid)
        before = self.counted("ProbeErrorsAlarm")
        try:
            self.assertFalse(self.invoke("ProbeFunctionName"), "the radar starts without a configuration")
        finally:
            secrets.put_secret_value(SecretId=arn, SecretString=json.dumps(self.configuration))
        self.rises("ProbeErrorsAlarm", [self.counted("ProbeErrorsAlarm") - before])
        before = self.counted("ProbeErrorsAlarm")
        self.assertTrue(self.until(lambda: self.invoke("ProbeFunctionName"), 30))
        self.falls("ProbeErrorsAlarm", None)

    def test_probe_silence(self) -> None:
        self.rises("ProbeSilenceAlarm", None, None)
        before = self.counted("ProbeSilenceAlarm")
        self.assertTrue(self.invoke("ProbeFunctionName"))
        self.falls("ProbeSilenceAlarm", None, [self.counted("ProbeSilenceAlarm") - before])

    def test_z_every_alarm_of_the_template_has_its_test(self) -> None:
        tested = {name.removeprefix("test_").replace("_", "").lower() + "alarm" for name in dir(self) if name.startswith("test_")}
        self.assertEqual({alarm for alarm in ALARMS if alarm.lower() not in tested}, set(), "alarms that nobody made to rise")
