"""AWS's stand-in: one ministack process on 127.0.0.1 that knows nothing of the machine around it, with IAM enforced."""

from __future__ import annotations

import functools
import shutil
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from . import process
from .places import ACCESS_KEY, REGION, SECRET_KEY, Trouble

NAME = "ministack"


@dataclass(frozen=True)
class Cloud:
    """A ministack that answers."""

    folder: Path
    port: int
    pid: int

    @property
    def endpoint(self) -> str:
        # Not "localhost": with an address the S3 clients use path style by themselves.
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str, access_key: str = ACCESS_KEY, secret_key: str = SECRET_KEY):
        """A plain boto3 client, as any program would make one."""
        return _client(service, self.endpoint, access_key, secret_key)


@functools.cache
def _client(service: str, endpoint: str, access_key: str, secret_key: str):
    """One for each service and key: making one takes longer than most calls. They may be shared by threads."""
    import boto3
    from botocore.config import Config

    return boto3.session.Session().client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=Config(retries={"mode": "standard"}, read_timeout=120, max_pool_connections=20),
    )


def start(folder: Path, port: int) -> Cloud:
    """Starts ministack in a fresh `folder` and waits until it answers."""
    if recall(folder):
        raise Trouble(f"A laptop cloud is running already in {folder}. `make down` stops it.")
    for leftover in ("tmp", f"{NAME}.log"):
        path = folder / leftover
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    tmp = folder / "tmp"
    tmp.mkdir(parents=True)
    pid = process.start(NAME, [sys.executable, "-m", "ministack"], _environment(tmp, port), folder, {"port": port})
    cloud = Cloud(folder, port, pid)
    try:
        process.wait_until(lambda: _answers(cloud), NAME, folder, patience=60)
    except Trouble:
        stop(folder)
        raise
    return cloud


def recall(folder: Path) -> Cloud | None:
    record = process.recall(NAME, folder)
    return Cloud(folder, record["port"], record["pid"]) if record else None


def stop(folder: Path) -> bool:
    """Ends ministack and every function process under it, and sweeps their working files."""
    found = process.stop(NAME, folder)
    shutil.rmtree(folder / "tmp", ignore_errors=True)
    return found


def _environment(tmp: Path, port: int) -> dict[str, str]:
    """All that the server sees, and so all that functions inherit: nothing from the person's shell, no credentials, no proxies."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp),
        "TMPDIR": str(tmp),
        "STATE_DIR": str(tmp / "state"),
        "S3_DATA_DIR": str(tmp / "s3"),
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        # Functions get this as their own; without it their SDK would try the real AWS.
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AUTH": "true",
        # Listeners that nothing here needs, and containers that nobody asked for.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
        # What Lambda itself sets for a function with JSON logs.
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_LEVEL": "INFO",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    }


def _answers(cloud: Cloud) -> bool:
    try:
        with urllib.request.urlopen(f"{cloud.endpoint}/_ministack/ready", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
