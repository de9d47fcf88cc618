"""The template against the rules of the house: least privilege, nothing lost, nothing unexplained."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, Iterator

from infra.local import deploy, template
from infra.local.places import FUNCTIONS, ROOT, TEMPLATE, logical_id

SOURCE = template.read()
EXPANSION = template.expand(SOURCE)
RESOURCES: dict[str, dict[str, Any]] = EXPANSION["Resources"]


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: body.get("Properties", {}) for name, body in RESOURCES.items() if body["Type"] == kind}


def value(given: Any, overrides: dict[str, str]) -> Any:
    """A property as it will be: a parameter by its value, everything else as it is."""
    if isinstance(given, dict) and set(given) == {"Ref"} and given["Ref"] in SOURCE["Parameters"]:
        return overrides.get(given["Ref"], SOURCE["Parameters"][given["Ref"]]["Default"])
    return given


def referred(given: Any) -> str:
    """The logical id that a Ref or a GetAtt points to."""
    if "Ref" in given:
        return given["Ref"]
    target = given["Fn::GetAtt"]
    return target[0] if isinstance(target, list) else target.split(".")[0]


def grants() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement that allows something, with the name of who holds it."""
    for name, role in of_type("AWS::IAM::Role").items():
        for policy in role.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement
    for name, policy in of_type("AWS::IAM::ManagedPolicy").items():
        for statement in policy["PolicyDocument"]["Statement"]:
            yield name, statement


def listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


class Linting(unittest.TestCase):
    """cfn-lint knows the services' own rules; it reads the SAM page less closely than what CloudFormation makes of it."""

    def lint(self, path: Path, *options: str) -> None:
        command = [str(Path(sys.executable).with_name("cfn-lint")), "--regions", "eu-west-3", *options, "--", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, f"cfn-lint has something to say:\n{done.stdout}{done.stderr}")

    def test_the_template_passes_for_paris(self) -> None:
        self.lint(TEMPLATE)

    def test_its_expansion_passes_for_paris(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "expansion.json"
            path.write_text(json.dumps(EXPANSION))
            self.lint(path)


class Environment(unittest.TestCase):
    """A variable that one side knows and the other does not is a function that does not start."""

    def variables(self, function: str) -> set[str]:
        given = RESOURCES[logical_id(function)]["Properties"]["Environment"]["Variables"]
        return {name for name in given if name.startswith("RELAIS_")}

    def test_each_function_gets_exactly_what_its_configuration_reads(self) -> None:
        for function in FUNCTIONS:
            with self.subTest(function):
                source = (ROOT / "functions" / function / "src" / "config.rs").read_text(encoding="utf-8")
                read = set(re.findall(r'"(RELAIS_[A-Z_]+)"', source.split("#[cfg(test)]")[0]))
                # What every function does when it starts, whatever its own settings are.
                runtime = (ROOT / "shared" / "lambda-kit" / "src" / "runtime.rs").read_text(encoding="utf-8")
                if "env.service()" in runtime:
                    read.add("RELAIS_SERVICE")
                if "config_source()" in source:
                    read.add("RELAIS_CONFIG_SECRET_ARN")
                # A file instead of the secret is for running a function by hand; the template always has the secret.
                read.discard("RELAIS_CONFIG_FILE")
                self.assertEqual(self.variables(function), read, f"template.yaml and functions/{function}/src/config.rs differ")

    def test_each_readme_explains_exactly_these_variables(self) -> None:
        for function in FUNCTIONS:
            with self.subTest(function):
                page = ROOT / "functions" / function / "README.md"
                self.assertTrue(page.exists(), f"functions/{function} has no README.md")
                rows = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
                explained = set(re.findall(r"RELAIS_[A-Z_]+", "\n".join(rows))) - {"RELAIS_CONFIG_FILE"}
                self.assertEqual(self.variables(function), explained, f"the table of functions/{function}/README.md differs from template.yaml")


class Queues(unittest.TestCase):
    """A message is retried, then set aside for a person; it never disappears."""

    def dead_letters(self) -> set[str]:
        redrives = (queue.get("RedrivePolicy") for queue in of_type("AWS::SQS::Queue").values())
        return {referred(redrive["deadLetterTargetArn"]) for redrive in redrives if redrive}

    def test_every_queue_is_encrypted(self) -> None:
        for name, queue in of_type("AWS::SQS::Queue").items():
            self.assertIs(queue.get("SqsManagedSseEnabled"), True, f"{name} is not encrypted at rest")

    def test_every_queue_has_a_dead_letter_queue_of_its_kind(self) -> None:
        queues = of_type("AWS::SQS::Queue")
        for name, queue in queues.items():
            if name in self.dead_letters():
                continue
            self.assertIn("RedrivePolicy", queue, f"{name} has no dead-letter queue")
            target = referred(queue["RedrivePolicy"]["deadLetterTargetArn"])
            self.assertEqual(queue.get("FifoQueue"), queues[target].get("FifoQueue"), f"{name} and {target} are not of one kind")

    def test_every_queue_says_how_much_and_how_long_it_keeps(self) -> None:
        for name, queue in of_type("AWS::SQS::Queue").items():
            self.assertEqual(queue.get("MessageRetentionPeriod"), 14 * 24 * 3600, f"{name} keeps messages for less than 14 days")
            self.assertIn("MaximumMessageSize", queue, f"{name} leaves its message size to a default")

    def test_a_message_that_kills_its_process_is_set_aside_before_the_queue_forgets_it(self) -> None:
        for name, queue in of_type("AWS::SQS::Queue").items():
            if "RedrivePolicy" not in queue:
                continue
            receives = int(value(queue["RedrivePolicy"]["maxReceiveCount"], {}))
            longest = receives * int(value(queue["VisibilityTimeout"], {}))
            self.assertLess(longest, 12 * 24 * 3600, f"{name} would still try a message when it is two days from being forgotten")

    def test_a_message_that_waits_for_ten_days_is_not_set_aside_by_the_queue(self) -> None:
        # Looked at once an hour in the end, three quarters of it by chance at the soonest; the first seven waits are shorter.
        looks = 7 + 10 * 24 / 0.75
        for name in ("JobsQueue", "StatusesQueue"):
            receives = int(value(of_type("AWS::SQS::Queue")[name]["RedrivePolicy"]["maxReceiveCount"], {}))
            self.assertGreater(receives, looks, f"{name} buries what merely waits")

    def test_no_message_comes_back_while_its_function_may_still_run(self) -> None:
        for stage, overrides in (("AWS", {}), ("the laptop", deploy.LAPTOP)):
            for name, mapping in of_type("AWS::Lambda::EventSourceMapping").items():
                queue = RESOURCES[referred(mapping["EventSourceArn"])]["Properties"]
                function = RESOURCES[referred(mapping["FunctionName"])]["Properties"]
                hidden = int(value(queue["VisibilityTimeout"], overrides))
                limit = int(value(function["Timeout"], overrides))
                self.assertGreaterEqual(hidden, 6 * limit, f"{name} on {stage}: hidden {hidden} s, but the function may run {limit} s")

    def test_one_bad_message_costs_one_message(self) -> None:
        for name, mapping in of_type("AWS::Lambda::EventSourceMapping").items():
            self.assertEqual(mapping.get("FunctionResponseTypes"), ["ReportBatchItemFailures"], f"{name} fails whole batches")


class Rights(unittest.TestCase):
    """Each function may do what it needs, by name."""

    def test_no_action_is_a_wildcard(self) -> None:
        for holder, statement in grants():
            self.assertNotIn("NotAction", statement, f"{holder}/{statement.get('Sid')} allows by exclusion")
            for action in listed(statement["Action"]):
                self.assertNotIn("*", action, f"{holder}/{statement.get('Sid')} allows {action}")

    def test_no_resource_is_wider_than_the_objects_of_one_bucket(self) -> None:
        for holder, statement in grants():
            self.assertNotIn("NotResource", statement, f"{holder}/{statement.get('Sid')} allows by exclusion")
            for resource in listed(statement["Resource"]):
                where = f"{holder}/{statement.get('Sid')} reaches {json.dumps(resource)}"
                if isinstance(resource, dict) and "Fn::Sub" in resource:
                    self.assertRegex(resource["Fn::Sub"], r"^\$\{\w+Bucket\.Arn\}/[\w.*/-]+$", where)
                    self.assertTrue(all(action.startswith("s3:") for action in listed(statement["Action"])), where)
                else:
                    self.assertIsInstance(resource, dict, where)
                    self.assertTrue("Ref" in resource or "Fn::GetAtt" in resource, where)

    def test_nobody_holds_a_policy_that_somebody_else_wrote(self) -> None:
        for name, role in of_type("AWS::IAM::Role").items():
            self.assertFalse(role.get("ManagedPolicyArns"), f"{name} has managed policies, whose resources are wildcards")

    def test_nobody_may_delete_from_the_archive(self) -> None:
        for holder, statement in grants():
            for action in listed(statement["Action"]):
                self.assertNotIn("Delete", action.replace("sqs:DeleteMessage", ""), f"{holder} may {action}")


class Keeping(unittest.TestCase):
    """What was archived stays, private and encrypted, even when the stack goes."""

    def test_every_bucket_is_private_versioned_encrypted_and_kept(self) -> None:
        for name, bucket in of_type("AWS::S3::Bucket").items():
            self.assertEqual(set(bucket["PublicAccessBlockConfiguration"].values()), {True}, f"{name} can be made public")
            self.assertEqual(len(bucket["PublicAccessBlockConfiguration"]), 4, f"{name} can be made public")
            self.assertEqual(bucket["VersioningConfiguration"], {"Status": "Enabled"}, f"{name} is not versioned")
            self.assertIn("BucketEncryption", bucket, f"{name} is not encrypted")
            for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
                self.assertEqual(RESOURCES[name].get(policy), "Retain", f"{name} would be deleted ({policy})")
            rules = bucket["LifecycleConfiguration"]["Rules"]
            self.assertTrue(any("AbortIncompleteMultipartUpload" in rule for rule in rules), f"{name} keeps unfinished uploads for ever")

    def test_nothing_is_forgotten_but_what_has_ended(self) -> None:
        forgotten = {}
        for name, bucket in of_type("AWS::S3::Bucket").items():
            for rule in bucket["LifecycleConfiguration"]["Rules"]:
                if "ExpirationInDays" in rule or "ExpirationDate" in rule:
                    forgotten[name, rule.get("Prefix", "everything")] = rule
        self.assertEqual(set(forgotten), {("StateBucket", "failures/"), ("StateBucket", "dead-letters/")})
        # 14 days in its queue, 14 as a dead letter whose reason is taken from there.
        self.assertGreater(forgotten["StateBucket", "failures/"]["ExpirationInDays"], 28)
        letters = forgotten["StateBucket", "dead-letters/"]
        desk = (ROOT / "shared" / "dead-letters" / "src" / "desk.rs").read_text(encoding="utf-8")
        tag = re.search(r'RESOLVED: Tag = Tag \{\s+name: "(\w+)",\s+value: "(\w+)"', desk)
        self.assertIsNotNone(tag, "desk.rs tags no letter")
        self.assertEqual(letters.get("TagFilters"), [{"Key": tag[1], "Value": tag[2]}], "letters that wait for somebody would be forgotten")
        self.assertGreaterEqual(letters["ExpirationInDays"], 365)

    def test_every_bucket_answers_over_tls_only(self) -> None:
        policies = {referred(policy["Bucket"]): policy for policy in of_type("AWS::S3::BucketPolicy").values()}
        self.assertEqual(SOURCE["Parameters"]["PlainHttp"]["Default"], "refused", "plain HTTP is not refused by default")
        for name in of_type("AWS::S3::Bucket"):
            self.assertIn(name, policies, f"{name} has no bucket policy")
            statement = policies[name]["PolicyDocument"]["Statement"][0]
            self.assertEqual(
                (statement["Effect"], statement["Condition"]), ("Deny", {"Bool": {"aws:SecureTransport": "false"}}), f"{name} takes plain HTTP"
            )


class Neighbours(unittest.TestCase):
    """Several stacks live side by side in one account."""

    NAMES = {"FunctionName", "QueueName", "BucketName", "RoleName", "PolicyName", "TopicName", "AlarmName", "LogGroupName", "Name"}

    def test_no_resource_has_a_name_that_a_second_stack_would_want_too(self) -> None:
        for logical, body in RESOURCES.items():
            for prop in self.NAMES & set(body.get("Properties", {})):
                given = body["Properties"][prop]
                named_by_stack = "AWS::StackName" in json.dumps(given) or (isinstance(given, dict) and ("Ref" in given or "Fn::GetAtt" in given))
                self.assertTrue(named_by_stack, f"{logical} is named {given} in every stack")


    def test_no_alarm_looks_at_the_metrics_of_another_stack(self) -> None:
        own = {"Ref": "AWS::StackName"}
        looked_at = 0
        for name, alarm in of_type("AWS::CloudWatch::Alarm").items():
            if alarm["Namespace"] != "Relais":
                continue
            looked_at += 1
            given = {dimension["Name"]: dimension["Value"] for dimension in alarm["Dimensions"]}
            self.assertEqual(given.get("Service"), own, f"{name} mixes the stacks of an account")
        self.assertGreater(looked_at, 0)
        for function in FUNCTIONS:
            variables = RESOURCES[logical_id(function)]["Properties"]["Environment"]["Variables"]
            self.assertEqual(variables["RELAIS_SERVICE"], own, f"{function} counts under another name than the alarms look for")


class Explained(unittest.TestCase):
    """Whoever deploys or is woken at night reads only this page."""

    def test_every_function_has_a_log_group_that_ends(self) -> None:
        for function in FUNCTIONS:
            group = referred(RESOURCES[logical_id(function)]["Properties"]["LoggingConfig"]["LogGroup"])
            self.assertIn("RetentionInDays", RESOURCES[group]["Properties"], f"{function}'s logs are kept for ever")

    def test_every_parameter_is_described_bounded_and_grouped(self) -> None:
        groups = SOURCE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        grouped = [name for group in groups for name in group["Parameters"]]
        self.assertEqual(sorted(grouped), sorted(SOURCE["Parameters"]), "a parameter is in no group of the form, or in two")
        for name, parameter in SOURCE["Parameters"].items():
            self.assertGreater(len(parameter.get("Description", "")), 20, f"{name} is not described")
            bounded = {"AllowedValues", "AllowedPattern", "MinValue"} & set(parameter)
            self.assertTrue(bounded, f"{name} takes anything")
            if "AllowedPattern" in parameter:
                self.assertIn("ConstraintDescription", parameter, f"{name} refuses without a word")

    def test_every_alarm_says_what_happened_and_what_to_do(self) -> None:
        alarms = of_type("AWS::CloudWatch::Alarm")
        self.assertGreater(len(alarms), 0)
        for name, alarm in alarms.items():
            self.assertIn("Runbook: ", alarm.get("AlarmDescription", ""), f"{name} does not say what to do")
            self.assertLessEqual(len(alarm["AlarmDescription"]), 1024, f"{name}'s description is longer than CloudWatch takes")
            self.assertTrue(alarm.get("AlarmActions"), f"{name} tells nobody")

    def test_every_dead_letter_queue_raises_an_alarm(self) -> None:
        redrives = [queue.get("RedrivePolicy") for queue in of_type("AWS::SQS::Queue").values()]
        dead = {referred(redrive["deadLetterTargetArn"]) for redrive in redrives if redrive}
        alarms = of_type("AWS::CloudWatch::Alarm").values()
        watched = {referred(alarm["Dimensions"][0]["Value"]) for alarm in alarms if isinstance(alarm["Dimensions"][0]["Value"], dict)}
        self.assertEqual(dead - watched, set(), "a dead-letter queue fills without a word")

    def test_every_output_is_described(self) -> None:
        for name, output in SOURCE["Outputs"].items():
            self.assertGreater(len(output.get("Description", "")), 10, f"output {name} is not described")


if __name__ == "__main__":
    unittest.main()
