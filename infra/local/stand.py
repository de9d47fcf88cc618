"""A whole stand: the portal, the cloud and Relais in it, started together and ended together."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import cloud, deploy, package, portal
from .places import LOCAL, Trouble

STACK = "relais"


@dataclass(frozen=True)
class Stand:
    folder: Path
    cloud: cloud.Cloud
    portal: portal.Portal
    outputs: dict[str, str]

    @property
    def variables(self) -> dict[str, str]:
        return deploy.shell_variables(self.cloud, self.outputs, self.portal.url)

    def poll(self) -> dict[str, Any]:
        """Invokes poll through the Lambda API, as the schedule would, and returns its report."""
        answer = self.cloud.client("lambda").invoke(FunctionName=self.outputs["PollFunctionName"], Payload=b"{}")
        said = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError"):
            reason = said.get("errorMessage") if isinstance(said, dict) else said
            raise Trouble(f"poll failed: {reason}. Its log: make demo and make up leave it in {self.folder}/logs")
        return said or {}

    def depth(self, output: str) -> int:
        """Messages that a queue holds, in flight or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        given = self.cloud.client("sqs").get_queue_attributes(QueueUrl=self.outputs[output], AttributeNames=names)
        return sum(int(given["Attributes"][name]) for name in names)

    def save_logs(self) -> Path:
        """The functions' log groups as files: they would go with the cloud."""
        client = self.cloud.client("logs")
        target = self.folder / "logs"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for group in client.describe_log_groups(logGroupNamePrefix=f"/relais/{STACK}/")["logGroups"]:
            name = group["logGroupName"].rsplit("/", 1)[1]
            with open(target / f"{name}.log", "w", encoding="utf-8") as file:
                for page in client.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
                    file.writelines(event["message"].rstrip("\n") + "\n" for event in page["events"])
        return target


def start(
    name: str, ports: tuple[int, int], options: portal.Options, invoices: int, parameters: dict[str, str], now: str | None = None
) -> Stand:
    """Starts everything under target/local/{name}. What was started is stopped again when a part of it fails."""
    folder = LOCAL / name
    if cloud.recall(folder) or portal.recall(folder):
        raise Trouble(f"Another {name} is running in this folder. Wait for its end, or stop it: make down")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        zips = package.for_laptop()
        gate = portal.start(folder, ports[1], options, invoices, now)
        sky = cloud.start(folder, ports[0])
        outputs = deploy.deploy(sky, STACK, zips, gate.configuration(), parameters)
    except BaseException:
        stop(name)
        raise
    return Stand(folder, sky, gate, outputs)


def stop(name: str) -> bool:
    folder = LOCAL / name
    stopped = [portal.stop(folder), cloud.stop(folder)]
    return any(stopped)


def stop_all() -> list[str]:
    """Ends whatever still runs under target/local, whoever started it."""
    return [folder.name for folder in sorted(LOCAL.glob("*/")) if stop(folder.name)] if LOCAL.exists() else []


def wait(condition, patience: float, every: float = 0.1) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(every)
    return bool(condition())
