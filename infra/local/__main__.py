"""Commands of the laptop cloud. People use make; tests call these."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import traceback
import uuid
from pathlib import Path

from .places import CARGO_TARGET, LOCAL, ROOT, Trouble


def main(arguments: list[str]) -> int:
    given = _parser().parse_args(arguments)
    # Whoever ends this program, what it started is ended with it.
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _interrupt)
    try:
        return given.run(given) or 0
    except Trouble as trouble:
        print(f"\n{trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130
    except Exception as problem:  # noqa: BLE001: a person gets a line, the file gets the rest
        LOCAL.mkdir(parents=True, exist_ok=True)
        (LOCAL / "trouble.txt").write_text(traceback.format_exc(), encoding="utf-8")
        print(f"\nThis should not happen: {problem or type(problem).__name__}. All of it: target/local/trouble.txt", file=sys.stderr)
        return 1


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run, help_: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help_, description=help_)
        added.set_defaults(run=run)
        return added

    command("demo", _demo, "the whole way, checked; nothing stays running")
    command("up", _up, "the same cloud, left running")
    command("down", _down, "stop everything that runs under target/local")

    package = command("package", _package, "zips for AWS in target/package")
    package.add_argument("--architecture", choices=("arm64", "x86_64"), default="arm64")
    package.add_argument("--profile", default="release", help="cargo profile")

    start = command("cloud-start", _cloud_start, "start a cloud in a folder of its own; prints where it is as JSON")
    start.add_argument("--folder", type=Path, required=True)
    start.add_argument("--port", type=int, help="a free one by default")

    stop = command("cloud-stop", _cloud_stop, "stop the cloud of a folder")
    stop.add_argument("--folder", type=Path, required=True)

    deploy = command("deploy", _deploy, "deploy a stack into the cloud of a folder; prints outputs and shell variables as JSON")
    deploy.add_argument("--folder", type=Path, required=True)
    deploy.add_argument("--stack", required=True)
    deploy.add_argument("--portal", help="URL of a chorus-pro-sim: its own configuration is taken")
    deploy.add_argument("--configuration", type=Path, help="a configuration document instead")
    deploy.add_argument("--set", action="append", default=[], metavar="PARAMETER=VALUE", help="a parameter of the template")

    around = command("with-cloud", _with_cloud, "start a cloud, run a command with its address in the environment, stop it")
    around.add_argument("command", nargs=argparse.REMAINDER)
    return parser


def _demo(_: argparse.Namespace) -> int:
    from . import demo

    return 0 if demo.run() else 1


def _up(_: argparse.Namespace) -> None:
    from . import up

    up.run()


def _down(_: argparse.Namespace) -> None:
    from . import up

    up.down()


def _package(given: argparse.Namespace) -> None:
    from . import package
    from .places import shown

    for path in package.for_aws(given.architecture, given.profile):
        print(f"{shown(path)}: {path.stat().st_size / 1e6:.1f} MB")


def _cloud_start(given: argparse.Namespace) -> None:
    from . import cloud, process

    started = cloud.start(given.folder.resolve(), given.port or process.free_port())
    print(json.dumps({"endpoint": started.endpoint, "port": started.port, "pid": started.pid, "folder": str(started.folder)}))


def _cloud_stop(given: argparse.Namespace) -> None:
    from . import cloud

    cloud.stop(given.folder.resolve())


def _deploy(given: argparse.Namespace) -> None:
    import urllib.request

    from . import cloud, deploy, package

    here = cloud.recall(given.folder.resolve())
    if here is None:
        raise Trouble(f"No cloud runs in {given.folder}.")
    if given.configuration:
        configuration = json.loads(given.configuration.read_text(encoding="utf-8"))
    elif given.portal:
        with urllib.request.urlopen(f"{given.portal}/_sim/config", timeout=30) as answer:
            configuration = json.load(answer)
    else:
        raise Trouble("Name a --portal or a --configuration.")
    parameters = dict(pair.split("=", 1) for pair in given.set)
    outputs = deploy.deploy(here, given.stack, package.for_laptop(), configuration, parameters)
    variables = deploy.shell_variables(here, outputs, given.portal or "")
    print(json.dumps({"outputs": outputs, "variables": variables}))


def _with_cloud(given: argparse.Namespace) -> int:
    from . import cloud, package, process

    command = given.command[1:] if given.command[:1] == ["--"] else given.command
    if not command:
        raise Trouble("with-cloud needs a command: with-cloud -- cargo test -p e2e")
    package.for_laptop()
    folder = LOCAL / f"e2e-{uuid.uuid4().hex[:8]}"
    failed = 1
    try:
        here = cloud.start(folder, process.free_port())
        environment = {
            "RELAIS_E2E_FOLDER": str(folder),
            "RELAIS_E2E_ENDPOINT": here.endpoint,
            "RELAIS_E2E_PYTHON": sys.executable,
            "RELAIS_E2E_ROOT": str(ROOT),
            "RELAIS_E2E_BINARIES": str(CARGO_TARGET / "debug"),
        }
        failed = subprocess.run(command, env={**os.environ, **environment}, check=False).returncode
        return failed
    finally:
        cloud.stop(folder)
        # After a failure its log is worth reading.
        if not failed:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
