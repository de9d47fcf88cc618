"""Deploys infra/template.yaml itself: uploads the zips, hands the SAM template to CloudFormation, writes the configuration."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

from . import template
from .cloud import Cloud
from .places import FUNCTIONS, REGION, TEMPLATE, Trouble, this_architecture

CODE_BUCKET = "relais-code"

#: The template's parameters on a laptop: short time limits, so that what failed is tried again while one watches.
#: Each visibility is six times its function's limit, as on AWS.
LAPTOP = {
    "CaBundle": "",
    "PlainHttp": "allowed",
    "PollState": "DISABLED",
    "PollRate": "rate(1 minute)",
    "ProbeState": "DISABLED",
    "PollTimeout": "60",
    "ArchiveTimeout": "20",
    "JobsVisibility": "120",
    "PushStatusTimeout": "10",
    "ReconcileState": "DISABLED",
    "ReconcileTimeout": "60",
    "StatusesVisibility": "60",
    "ErpVisibility": "30",
    "BackOffSeconds": "1",
    "ErpMaxReceives": "5",
    "CallsPerSecond": "50",
    "LogRetentionDays": "1",
}


def deploy(
    cloud: Cloud, stack: str, zips: dict[str, Path], configuration: dict, parameters: dict[str, str] | None = None
) -> dict[str, str]:
    """Creates `stack` and returns its outputs. The template is the one that goes to AWS; only CodeUri points elsewhere."""
    code = _upload(cloud, zips)
    body = json.dumps(template.with_code(template.read(TEMPLATE), code))
    chosen = {"Architecture": this_architecture(), **LAPTOP, **(parameters or {})}
    cloudformation = cloud.client("cloudformation")
    # As sam does it: CloudFormation takes 51 200 bytes in the call, and the page with all its alarms is larger.
    cloud.client("s3").put_object(Bucket=CODE_BUCKET, Key=f"{stack}.template.json", Body=body.encode())
    cloudformation.create_stack(
        StackName=stack,
        TemplateURL=f"{cloud.endpoint}/{CODE_BUCKET}/{stack}.template.json",
        Parameters=[{"ParameterKey": key, "ParameterValue": str(value)} for key, value in chosen.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    outputs = _wait(cloudformation, stack)
    _make_concurrency_a_number(cloud, outputs)
    _let_batches_pass(cloud, stack, [outputs["ErpPolicyArn"], outputs["OperatorPolicyArn"]])
    cloud.client("secretsmanager").put_secret_value(
        SecretId=outputs["ConfigurationSecretArn"], SecretString=json.dumps(configuration)
    )
    return outputs


def shell_variables(cloud: Cloud, outputs: dict[str, str], portal_url: str) -> dict[str, str]:
    """What a program needs to work with a deployed stack, by the names that the documentation uses."""
    return {
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "RELAIS_CONFIG_SECRET_ARN": outputs["ConfigurationSecretArn"],
        "RELAIS_ARCHIVE_BUCKET": outputs["ArchiveBucketName"],
        "RELAIS_STATE_BUCKET": outputs["StateBucketName"],
        "RELAIS_ERP_QUEUE_URL": outputs["ErpQueueUrl"],
        "RELAIS_STATUS_QUEUE_URL": outputs["StatusQueueUrl"],
        "RELAIS_JOBS_QUEUE_URL": outputs["JobsQueueUrl"],
        "RELAIS_JOBS_DLQ_URL": outputs["JobsDeadLetterQueueUrl"],
        "RELAIS_ERP_DLQ_URL": outputs["ErpDeadLetterQueueUrl"],
        "RELAIS_STATUS_DLQ_URL": outputs["StatusDeadLetterQueueUrl"],
        "RELAIS_POLL_FUNCTION": outputs["PollFunctionName"],
        "RELAIS_ARCHIVE_FUNCTION": outputs["ArchiveFunctionName"],
        "RELAIS_PUSH_STATUS_FUNCTION": outputs["PushStatusFunctionName"],
        "RELAIS_RECONCILE_FUNCTION": outputs["ReconcileFunctionName"],
        "RELAIS_PROBE_FUNCTION": outputs["ProbeFunctionName"],
        "RELAIS_ERP_POLICY_ARN": outputs["ErpPolicyArn"],
        "CHORUS_PRO_URL": portal_url,
    }


def _upload(cloud: Cloud, zips: dict[str, Path]) -> dict[str, dict[str, str]]:
    """Puts each zip once: its key is its own hash, so that a second stack finds it there."""
    s3 = cloud.client("s3")
    held = _held_keys(s3)
    code = {}
    for function in FUNCTIONS:
        with open(zips[function], "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else hashlib.sha256(file.read()).hexdigest()
        key = f"{function}-{digest}.zip"
        if key not in held:
            s3.upload_file(str(zips[function]), CODE_BUCKET, key)
        code[function] = {"Bucket": CODE_BUCKET, "Key": key}
    return code


def _held_keys(s3) -> set[str]:
    from botocore.exceptions import ClientError

    try:
        s3.create_bucket(Bucket=CODE_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        return set()
    except ClientError as error:
        # Another stack was here before, perhaps a moment ago.
        if error.response["Error"]["Code"] != "BucketAlreadyOwnedByYou":
            raise
    return {entry["Key"] for entry in s3.list_objects_v2(Bucket=CODE_BUCKET).get("Contents", [])}


def _make_concurrency_a_number(cloud: Cloud, outputs: dict[str, str]) -> None:
    """ministack keeps a Number parameter as text in ScalingConfig and then cannot compare it; AWS converts it."""
    client = cloud.client("lambda")
    for output in ("ArchiveFunctionName", "PushStatusFunctionName"):
        for mapping in client.list_event_source_mappings(FunctionName=outputs[output])["EventSourceMappings"]:
            most = int(mapping["ScalingConfig"]["MaximumConcurrency"])
            client.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": most})


def _let_batches_pass(cloud: Cloud, stack: str, policies: list[str]) -> None:
    """On AWS the right to send or delete a message covers batches of them. ministack asks for an action of its own (`sqs:SendMessageBatch`),
    which AWS does not know and the template therefore does not name: whoever has the right gets it for batches too, on the same queue."""
    iam = cloud.client("iam")
    resources = cloud.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    for role in (resource["PhysicalResourceId"] for resource in resources if resource["ResourceType"] == "AWS::IAM::Role"):
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            if statements := _for_batches(document):
                batches = json.dumps({"Version": "2012-10-17", "Statement": statements})
                iam.put_role_policy(RoleName=role, PolicyName=f"{name}-batches", PolicyDocument=batches)
    for policy in policies:
        version = iam.get_policy(PolicyArn=policy)["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=policy, VersionId=version)["PolicyVersion"]["Document"]
        document = {**document, "Statement": [*document["Statement"], *_for_batches(document)]}
        iam.create_policy_version(PolicyArn=policy, PolicyDocument=json.dumps(document), SetAsDefault=True)


def _for_batches(document: dict) -> list[dict]:
    """The statements of a policy that allow single messages, as statements that allow batches."""
    single = ("sqs:SendMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")
    found = []
    for statement in document["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        if batches := [f"{action}Batch" for action in actions if action in single]:
            found.append({"Effect": "Allow", "Action": batches, "Resource": statement["Resource"]})
    return found


def _wait(cloudformation, stack: str, patience: float = 120) -> dict[str, str]:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        status = described["StackStatus"]
        if status == "CREATE_COMPLETE":
            return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
        if not status.endswith("_IN_PROGRESS") or "ROLLBACK" in status:
            raise Trouble(f"Deploying {stack} ended as {status}: {_first_failure(cloudformation, stack)}")
        time.sleep(0.1)
    raise Trouble(f"Deploying {stack} is not done after {patience:.0f} s.")


def _first_failure(cloudformation, stack: str) -> str:
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    failures = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    if not failures:
        return "no resource says why"
    first = failures[-1]
    return f"{first['LogicalResourceId']}: {first.get('ResourceStatusReason', 'no reason given')}"
