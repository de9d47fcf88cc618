"""The template deployed where IAM is enforced: each function can do what it needs, and is refused everything else."""

from __future__ import annotations

import json
import sys
import tempfile
import time
import unittest
import uuid
import zipfile
from pathlib import Path
from typing import Any, Callable

from infra.local import cloud, deploy, package, process, template
from infra.local.places import FUNCTIONS, LOCAL, REGION, logical_id

#: A function that answers with its own environment, credentials included.
BOOTSTRAP = f"""#!{sys.executable}
import json, os, urllib.request
base = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    invocation = urllib.request.urlopen(base + "next")
    answer = json.dumps(dict(os.environ)).encode()
    name = invocation.headers["Lambda-Runtime-Aws-Request-Id"]
    urllib.request.urlopen(urllib.request.Request(base + name + "/response", answer, method="POST"))
"""

ALLOWED = {
    "poll": {"read a cursor", "write a cursor", "read a switch", "read a breaker", "write a breaker", "queue a job", "queue a batch of jobs", "ask how deep the jobs queue is", "read the configuration"},
    "probe": {"write a probe's result", "read the configuration"},
    "archive": {"read a dead letter's reason", "write a dead letter's reason", "read a switch", "read a breaker", "write a breaker", "read a failure", "write a failure", "delay a job", "read a document", "write a document", "read a manifest", "mark an amount", "start an upload", "list the archive", "announce", "set a job aside", "queue a job", "queue a batch of jobs", "ask how deep the jobs queue is", "write a push", "read a push", "read the configuration"},
    "push-status": {"read a dead letter's reason", "write a dead letter's reason", "read a switch", "read a breaker", "write a breaker", "read a failure", "write a failure", "delay a command", "read a manifest", "write a push", "read a push", "list the archive", "announce", "set a command aside", "read the configuration"},
    "reconcile": {"read a cursor", "read a switch", "read a breaker", "write a breaker", "write a report", "write its progress", "list the archive", "read a manifest", "mark an amount", "queue a job", "queue a batch of jobs", "read the configuration"},
}


class Rights(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        LOCAL.mkdir(parents=True, exist_ok=True)
        cls.folder = LOCAL / f"permissions-{uuid.uuid4().hex[:8]}"
        cls.addClassCleanup(cls.clean)
        cls.cloud = cloud.start(cls.folder, process.free_port())
        with tempfile.TemporaryDirectory() as name:
            script = Path(name) / "bootstrap"
            script.write_text(BOOTSTRAP)
            zips = {}
            for function in FUNCTIONS:
                zips[function] = Path(name) / f"{function}.zip"
                package.write_zip(script, zips[function], zipfile.ZIP_STORED)
            cls.outputs = deploy.deploy(cls.cloud, "rights", zips, {"for": "nobody"})

    @classmethod
    def clean(cls) -> None:
        cloud.stop(cls.folder)
        for left in cls.folder.glob("*"):
            left.unlink()
        cls.folder.rmdir()

    def session(self, function: str):
        """The clients that this function's own code would have."""
        import boto3

        output = logical_id(function) + "Name"
        answer = self.cloud.client("lambda").invoke(FunctionName=self.outputs[output], Payload=b"{}")
        environment = json.loads(answer["Payload"].read())
        return boto3.Session(
            environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], environment["AWS_SESSION_TOKEN"], REGION
        )

    def attempts(self, session) -> dict[str, Callable[[], Any]]:
        s3, sqs, secrets = (session.client(name, endpoint_url=self.cloud.endpoint) for name in ("s3", "sqs", "secretsmanager"))
        out = self.outputs
        archive, state = {"Bucket": out["ArchiveBucketName"]}, {"Bucket": out["StateBucketName"]}
        document = {**archive, "Key": "00000000013456/000000000001/20261123T091500Z-DEPOSEE/pivot.xml"}
        push = {**archive, "Key": "00000000013456/000000000001/pushes/1.json"}

        def send(output: str) -> Callable[[], Any]:
            fifo = {"MessageGroupId": "1", "MessageDeduplicationId": uuid.uuid4().hex} if out[output].endswith(".fifo") else {}
            return lambda: sqs.send_message(QueueUrl=out[output], MessageBody="{}", **fifo)

        def delay(output: str) -> Callable[[], Any]:
            return lambda: sqs.change_message_visibility(QueueUrl=out[output], ReceiptHandle="none", VisibilityTimeout=1)

        return {
            "read a cursor": lambda: s3.get_object(**state, Key="cursors/none.json"),
            "write a cursor": lambda: s3.put_object(**state, Key="cursors/one.json", Body=b"{}"),
            "read a switch": lambda: s3.get_object(**state, Key="switches/none.json"),
            "write a switch": lambda: s3.put_object(**state, Key="switches/one.json", Body=b"{}"),
            "read a breaker": lambda: s3.get_object(**state, Key="breakers/none.json"),
            "write a breaker": lambda: s3.put_object(**state, Key="breakers/one.json", Body=b"{}"),
            "read a failure": lambda: s3.get_object(**state, Key="failures/jobs/none.json"),
            "write a failure": lambda: s3.put_object(**state, Key="failures/jobs/one.json", Body=b"{}"),
            "delay a job": delay("JobsQueueUrl"),
            "delay a command": delay("StatusQueueUrl"),
            "write state elsewhere": lambda: s3.put_object(**state, Key="elsewhere.json", Body=b"{}"),
            "write a dead letter's reason": lambda: s3.put_object(**state, Key="dead-letters/jobs/one.json", Body=b"{}"),
            "read a dead letter's reason": lambda: s3.get_object(**state, Key="dead-letters/jobs/one.json"),
            "write a probe's result": lambda: s3.put_object(**state, Key="probes/one.json", Body=b"{}"),
            "write an audit entry": lambda: s3.put_object(**state, Key="audit/one.json", Body=b"{}"),
            "write a report": lambda: s3.put_object(**state, Key="reports/2026-11-23/00000000013456.json", Body=b"{}"),
            "write its progress": lambda: s3.put_object(**state, Key="reconcile/00000000013456.json", Body=b"{}"),
            "read a manifest": lambda: s3.get_object(**{**document, "Key": document["Key"].replace("pivot.xml", "archived.json")}),
            "mark an amount": lambda: s3.put_object(**{**document, "Key": document["Key"].replace("pivot.xml", "montant-ttc-1.00-EUR")}, Body=b""),
            "read a document": lambda: s3.get_object(**{**document, "Key": document["Key"] + ".none"}),
            "write a document": lambda: s3.put_object(**document, Body=b"x"),
            "start an upload": lambda: s3.create_multipart_upload(**document),
            "read a push": lambda: s3.get_object(**{**push, "Key": push["Key"] + ".none"}),
            "write a push": lambda: s3.put_object(**push, Body=b"{}"),
            "list the archive": lambda: s3.list_objects_v2(**archive),
            "delete a document": lambda: s3.delete_object(**document),
            "delete a cursor": lambda: s3.delete_object(**state, Key="cursors/one.json"),
            "queue a job": send("JobsQueueUrl"),
            "queue a batch of jobs": lambda: sqs.send_message_batch(QueueUrl=out["JobsQueueUrl"], Entries=[{"Id": "1", "MessageBody": "{}"}]),
            "ask how deep the jobs queue is": lambda: sqs.get_queue_attributes(QueueUrl=out["JobsQueueUrl"], AttributeNames=["ApproximateNumberOfMessages"]),
            "announce": send("ErpQueueUrl"),
            "command a status": send("StatusQueueUrl"),
            "set a job aside": send("JobsDeadLetterQueueUrl"),
            "set a command aside": send("StatusDeadLetterQueueUrl"),
            "set an event aside": send("ErpDeadLetterQueueUrl"),
            "take an event": lambda: sqs.receive_message(QueueUrl=out["ErpQueueUrl"], WaitTimeSeconds=0),
            "read the configuration": lambda: secrets.get_secret_value(SecretId=out["ConfigurationSecretArn"]),
            "change the configuration": lambda: secrets.put_secret_value(SecretId=out["ConfigurationSecretArn"], SecretString="{}"),
        }

    def test_each_function_may_do_what_it_needs_and_nothing_else(self) -> None:
        for function in FUNCTIONS:
            allowed = {name for name, attempt in self.attempts(self.session(function)).items() if self.permitted(attempt)}
            self.assertEqual(allowed, ALLOWED[function], f"the rights of {function} are not what it needs")

    def test_what_is_absent_is_told_as_absent_and_not_as_forbidden(self) -> None:
        for function, question in (("poll", "read a cursor"), ("archive", "read a document"), ("push-status", "read a push"), ("push-status", "read a switch")):
            with self.assertRaisesRegex(Exception, "NoSuchKey"):
                self.attempts(self.session(function))[question]()

    def test_a_queue_of_the_stack_is_drained_by_its_function(self) -> None:
        self.cloud.client("sqs").send_message(QueueUrl=self.outputs["JobsQueueUrl"], MessageBody="{}")
        waiting = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            left = self.cloud.client("sqs").get_queue_attributes(QueueUrl=self.outputs["JobsQueueUrl"], AttributeNames=waiting)["Attributes"]
            if not any(int(number) for number in left.values()):
                return
        self.fail(f"nobody takes messages from the jobs queue: {left}")

    def test_everything_on_the_page_is_created(self) -> None:
        resources = self.cloud.client("cloudformation").describe_stack_resources(StackName="rights")["StackResources"]
        expected = {name for name, body in template.expand(template.read())["Resources"].items() if "Condition" not in body}
        self.assertEqual(expected, {resource["LogicalResourceId"] for resource in resources} & expected, "a resource was not created")

    @staticmethod
    def permitted(attempt: Callable[[], Any]) -> bool:
        from botocore.exceptions import ClientError

        try:
            attempt()
        except ClientError as error:
            return "AccessDenied" not in error.response["Error"]["Code"]
        return True


if __name__ == "__main__":
    unittest.main()
