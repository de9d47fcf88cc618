"""The laptop cloud that stays: started by `make up`, ended by `make down`."""

from __future__ import annotations

import shlex

from . import portal, process, stand
from .places import CARGO_TARGET, LOCAL, Trouble, shown
from .progress import Progress

NAME = "up"
ENV = LOCAL / "env"
#: The same for `relais --env`, which is no shell.
RELAIS_ENV = LOCAL / NAME / "relais.env"
PORT, PORTAL_PORT = 4566, 9400
#: The stand-in's scheduler fires by itself, once a minute.
PARAMETERS = {"PollState": "ENABLED", "PollRate": "rate(1 minute)"}


def run() -> None:
    if stand.cloud.recall(LOCAL / NAME):
        raise Trouble(f"It is up already: . {shown(ENV)}   (make down stops it)")
    options = portal.Options.from_environment()
    ports = portal.number("PORT", PORT, 1), portal.number("PORTAL_PORT", PORTAL_PORT, 1)
    process.must_be_free(ports[0], "AWS's stand-in", "PORT")
    process.must_be_free(ports[1], "the portal's stand-in", "PORTAL_PORT")
    progress = Progress()
    progress.say("starting AWS's stand-in (IAM enforced) and the portal's, deploying infra/template.yaml")
    here = stand.start(NAME, ports, options, options.invoices, PARAMETERS)
    lines = [f"export {name}={shlex.quote(value)}" for name, value in here.variables.items()]
    ENV.write_text("\n".join(lines) + "\n", encoding="utf-8")
    RELAIS_ENV.write_text("".join(f"{name}={value}\n" for name, value in here.variables.items()), encoding="utf-8")
    try:
        here.poll()
    except Trouble as trouble:
        progress.say(f"{trouble} The next poll catches up.")
    progress.say("up, and polling once a minute")
    print(_what_to_try(here))


def down() -> None:
    stopped = stand.stop_all()
    ENV.unlink(missing_ok=True)
    print(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing is running.")


def _what_to_try(here: stand.Stand) -> str:
    relais = f"{shown(CARGO_TARGET / 'debug' / 'relais')} --env {shown(RELAIS_ENV)}"
    return f"""
  . {shown(ENV)}                        addresses, queues, buckets and dummy keys for this shell

  What the ERP sees:
    aws --endpoint-url $AWS_ENDPOINT_URL sqs receive-message --queue-url $RELAIS_ERP_QUEUE_URL
  The documents:
    aws --endpoint-url $AWS_ENDPOINT_URL s3 ls --recursive s3://$RELAIS_ARCHIVE_BUCKET/ | head
  A decision (take siret and idFacture from an event):
    aws --endpoint-url $AWS_ENDPOINT_URL sqs send-message --queue-url $RELAIS_STATUS_QUEUE_URL --message-group-id 1 --message-body \\
      '{{"specversion":"1.0","id":"my-1","source":"urn:me","type":"relais.status.set.v1","data":{{"siret":"…","idFacture":…,"nouveauStatut":"SERVICE_FAIT"}}}}'
  What an operator does (relais help lists everything):
    {relais} status
    {relais} dlq list
    {relais} trace ID_FACTURE
    {relais} doctor
  The portal's own list, and every call it got:
    curl -s $CHORUS_PRO_URL/_sim/invoices | head -c 2000
    tail -f {shown(here.portal.journal)}
  A poll at once:
    aws --endpoint-url $AWS_ENDPOINT_URL lambda invoke --function-name $RELAIS_POLL_FUNCTION /dev/stdout
  The functions' logs:
    aws --endpoint-url $AWS_ENDPOINT_URL logs tail /relais/{stand.STACK}/archive

  make down                                stops all of it
"""
