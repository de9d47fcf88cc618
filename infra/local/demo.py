"""The whole way on a laptop: invoices deposited on the portal, archived, booked and decided by an ERP, set on the portal. Then checked.

First five invoices with a life of their own, while the portal's clock stands in the past; then many at once, at the present.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Callable

from . import portal, process, proof, stand, stories
from .erp import APPLIED, CHANGED, RECEIVED, REFUSED, Erp
from .places import Trouble, shown
from .progress import Progress
from .stand import Stand
from .stories import Cast
from .table import Table, spread

NAME = "demo"
#: The schedule is off: the demo polls itself, so that nobody waits for the next minute.
PARAMETERS = {"PollState": "DISABLED", "CallsPerSecond": "100"}
#: How long nothing may move before the demo gives up. Longer than the longest visibility of the laptop's queues.
PATIENCE = 150.0
#: When nothing moves and invoices are still missing, the next tick comes after so many seconds.
POLL_AGAIN = 5.0


def run() -> bool:
    """True when everything is there. Nothing stays running, whatever happens."""
    options = portal.Options.from_environment()
    ports = ports_or_free()
    progress = Progress()
    progress.say("starting AWS's stand-in (IAM enforced) and the portal's")
    cast = Cast(stories.today(), "")
    here = stand.start(NAME, ports, options, 0, PARAMETERS, cast.instant(stories.FIRST))
    try:
        progress.say(f"deployed infra/template.yaml: {len(here.outputs)} outputs, portal at {here.portal.url}")
        return _play(here, cast, options.invoices, progress)
    finally:
        stand.stop(NAME)


def ports_or_free() -> tuple[int, int]:
    chosen = []
    for name, what in (("PORT", "AWS's stand-in"), ("PORTAL_PORT", "the portal's stand-in")):
        port = portal.number(name, None, 1)
        if port is None:
            port = process.free_port()
        else:
            process.must_be_free(port, what, name)
        chosen.append(port)
    return chosen[0], chosen[1]


def _play(here: Stand, cast: Cast, invoices: int, progress: Progress) -> bool:
    cast.siret = _works_owner(here)
    erp = Erp(here.cloud, here.outputs, cast.numbers)
    erp.start()
    polls = Polls(here, progress)
    try:
        progress.say(f"the portal's clock shows {cast.day(stories.FIRST)}: five invoices with a life of their own begin")
        _play_stories(here, cast, erp, polls, progress)
        here.portal.set_clock(datetime.now(timezone.utc).isoformat().replace("+00:00", "Z"))
        here.portal.deposit(invoices)
        expected = len(here.portal.invoices())
        progress.say(f"the portal's clock shows the present: suppliers have deposited {expected} invoices in all")
        _wait_through(here, erp, polls, progress, expected)
    finally:
        erp.stop()
        logs = here.save_logs()
    progress.say("reading the archive back")
    held = proof.read_archive(here, here.folder / "archive")
    verdict = proof.judge(here, erp.books, held, cast.ids)
    shown_now = {invoice["idFacture"]: invoice["statut"] for invoice in here.portal.invoices()}
    verdict.expect("each of the five ended as it should, with the delay, interest and indemnity of the law", stories.failures(cast, erp.books, shown_now))
    print()
    print("\n".join(stories.lines(cast, erp.books)))
    print()
    print(_stations(here, erp, held, polls))
    print()
    print(_calls(here, polls, expected))
    print()
    for sentence in verdict.held:
        print(f"  ✔ {sentence}")
    for sentence in verdict.broken:
        print(f"  ✘ {sentence}")
    print()
    print(f"  documents  {shown(here.folder / 'archive')}/")
    print(f"  logs       {shown(logs)}/")
    print(f"  journal    {shown(here.portal.journal)}")
    print(f"  {'All is there' if not verdict.broken else 'Not all is there'}, {progress.elapsed:.0f} s after the start.")
    return not verdict.broken


def _works_owner(here: Stand) -> str:
    """The establishment whose configuration names a role in works contracts."""
    return next(one["siret"] for one in here.portal.configuration()["establishments"] if "MOA" in one["works_roles"])


def _play_stories(here: Stand, cast: Cast, erp: Erp, polls: Polls, progress: Progress) -> None:
    """Day by day: what anybody does, then a poll, until the ERP was told. The last day's poll is that of the present."""
    for day in cast.days():
        here.portal.set_clock(cast.instant(day))
        deciding: dict[int, list[stories.Step]] = {}
        for story, step in cast.on(day):
            if step.who == stories.ERP:
                deciding.setdefault(story.id_facture, []).append(step)
            else:
                stories.act(here.portal, cast, story, step)
        for story in cast.stories:
            if steps := deciding.get(story.id_facture):
                erp.decide(cast.siret, story.id_facture, stories.decision(steps, story.numero))
        if not _until(lambda: not erp.books.waiting(), erp, progress, f"{cast.day(day)}: decisions answered"):
            return
        if day == stories.PAYMENTS:
            return
        polls.poll()
        if not _until(lambda: all(stories.told(erp.books, *one) for one in cast.on(day)), erp, progress, f"{cast.day(day)}: the ERP is told"):
            return


def _until(condition: Callable[[], bool], erp: Erp, progress: Progress, what: str) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if erp.trouble:
            raise Trouble(f"The ERP stopped: {erp.trouble}")
        if time.monotonic() > deadline:
            progress.say(f"waited {PATIENCE:.0f} s in vain ({what})")
            return False
        progress.show(what)
        time.sleep(0.1)
    return True


def _wait_through(here: Stand, erp: Erp, polls: Polls, progress: Progress, expected: int) -> None:
    """Two polls: of what was deposited and paid, and of the changes that Relais itself made."""
    polls.poll()
    if not _until_quiet(here, erp, polls, progress, expected):
        return
    progress.say(f"all announced to the ERP, its {len(erp.books.decisions)} decisions answered")
    polls.poll()
    _until_quiet(here, erp, polls, progress, expected)


class Polls:
    """Invocations of poll, and since when they were possible: what the portal held before waited for no poll of ours."""

    def __init__(self, here: Stand, progress: Progress) -> None:
        self._here = here
        self._progress = progress
        self.ready = time.time()
        self.times: list[float] = []

    def poll(self) -> None:
        """Like a tick of the schedule: when it fails, the next one catches up."""
        self.times.append(time.time())
        try:
            self._here.poll()
        except Trouble as trouble:
            self._progress.say(f"{trouble} The next poll catches up.")


@dataclass(frozen=True)
class Moment:
    """How far things are. Two equal ones mean that nothing moved in between."""

    announced: int
    events: int
    decided: int
    answered: int
    jobs: int
    for_erp: int
    statuses: int

    @staticmethod
    def of(here: Stand, erp: Erp) -> "Moment":
        books = erp.books
        announced = len({event["data"]["idFacture"] for event in books.of_type(RECEIVED)})
        waiting = (here.depth(name) for name in ("JobsQueueUrl", "ErpQueueUrl", "StatusQueueUrl"))
        return Moment(announced, len(books.events), len(books.decisions), len(books.outcomes), *waiting)

    def __str__(self) -> str:
        return (
            f"{self.announced} announced · {self.decided} decided · {self.answered} answered · "
            f"waiting: {self.jobs} jobs, {self.for_erp} events, {self.statuses} commands"
        )


def _until_quiet(here: Stand, erp: Erp, polls: Polls, progress: Progress, expected: int) -> bool:
    """Until every invoice is announced, every command answered and every queue empty. False when nothing moves any more before that."""
    last, moved, polled = None, time.monotonic(), time.monotonic()
    while True:
        if erp.trouble:
            raise Trouble(f"The ERP stopped: {erp.trouble}")
        now = Moment.of(here, erp)
        progress.show(f"{now} (of {expected})")
        if now.announced >= expected and not erp.books.waiting() and not (now.jobs or now.for_erp or now.statuses):
            return True
        if now != last:
            last, moved = now, time.monotonic()
        elif time.monotonic() - moved > PATIENCE:
            progress.say(f"nothing has moved for {PATIENCE:.0f} s: {now}")
            return False
        if now.jobs == 0 and time.monotonic() - max(moved, polled) > POLL_AGAIN:
            polls.poll()
            polled = time.monotonic()
        time.sleep(0.2)


def _stations(here: Stand, erp: Erp, held: proof.Held, polls: Polls) -> Table:
    """What went through where. Times are from the deposit (of DOCUMENTS: from the moment the demo was ready) and from the decision."""
    books = erp.books
    deposited = {invoice["idFacture"]: max(proof.instant(invoice["deposeLe"]), polls.ready) for invoice in here.portal.invoices()}
    first = {}
    for event in books.of_type(RECEIVED):
        number, queued = event["data"]["idFacture"], books.queued_at[event["id"]]
        first[number] = min(queued, first.get(number, queued))
    table = Table(["station", "passed", "median", "p95", "max"])
    table.add("portal: invoices listed", len(deposited), "", "", "")
    table.add("archive: episodes kept", len(held.folders()), "", "", "")
    table.add("archive: files kept, hashed", sum(1 for key in held.objects if not key.endswith(".json")), "", "", "")
    table.add("ERP queue: invoices announced (from deposit)", len(first), *spread(queued - deposited[number] for number, queued in first.items() if number in deposited))
    kinds = Counter(event["type"] for event in books.events.values())
    table.add("ERP queue: returns and changes", kinds[CHANGED] + kinds[RECEIVED] - len(first), "", "", "")
    table.add("statuses queue: decisions", len(books.decisions), "", "", "")
    took = [books.outcome_at[command] - books.decisions[command].sent_at for command in books.outcome_at if command in books.decisions]
    table.add("portal: decisions set (from decision)", kinds[APPLIED], *spread(took))
    table.add("portal: decisions refused", kinds[REFUSED], "", "", "")
    return table


def _calls(here: Stand, polls: Polls, expected: int) -> Table:
    """What it cost the portal."""
    counts = Counter(call["path"].split("/cpro/", 1)[-1] for call in here.portal.calls() if not call["path"].startswith("/_sim"))
    table = Table(["calls to Chorus Pro", "calls", "per invoice"])
    for path, calls in sorted(counts.items(), key=lambda one: -one[1]):
        table.add(path, calls, f"{calls / expected:.2f}" if expected else "")
    table.add(f"({len(polls.times)} polls)", sum(counts.values()), "")
    return table
