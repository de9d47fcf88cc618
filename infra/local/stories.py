"""Five invoices whose lives differ, played through the portal and Relais on the days of the last six weeks, and told as the ERP got them.

The portal's clock stands in the past while they are played; who does what, and when, is here. Dates, statuses and delays are not: they are
read from the events that the ERP received, and judged against what the law gives.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Any, Iterator

from .erp import APPLIED, CHANGED, RECEIVED, Books
from .portal import Portal

#: The first day, and the day of the payments. At ten o'clock UTC it is the same day in France.
FIRST, PAYMENTS = -40, -3
HOUR = time(10, 0, tzinfo=timezone.utc)

ERP, SUPPLIER, ACCOUNTANT, PERSON = "ERP", "fournisseur", "comptable", "agent (portail)"
MOE, MOA = "MOE", "MOA"

PAID = ["SERVICE_FAIT", "MANDATEE"]
REJECTED = "Remise du marché non appliquée."
MISSING = "RIB manquant : merci de le joindre."
WRONG_SERVICE = "À adresser au service voirie."


@dataclass(frozen=True)
class Step:
    """Somebody does something, so many days before today."""

    day: int
    who: str
    statut: str


@dataclass
class Story:
    title: str
    numero: str
    deposit: dict[str, Any]
    steps: list[Step]
    #: The day on which the delay that counts began; none when no delay runs.
    counts_from: int | None
    #: From which day to which it was interrupted.
    interrupted: tuple[int, int] | None = None
    late: int = 0
    id_facture: int = 0

    @property
    def ends(self) -> str:
        return self.steps[-1].statut


@dataclass
class Cast:
    """The stories of one run: which day is today, and whose invoices they are."""

    today: date
    siret: str
    stories: list[Story] = field(default_factory=lambda: _five())

    def day(self, offset: int) -> date:
        return self.today + timedelta(days=offset)

    def instant(self, offset: int) -> str:
        return datetime.combine(self.day(offset), HOUR).isoformat().replace("+00:00", "Z")

    @property
    def numbers(self) -> frozenset[str]:
        return frozenset(story.numero for story in self.stories)

    @property
    def ids(self) -> set[int]:
        return {story.id_facture for story in self.stories}

    def days(self) -> list[int]:
        return sorted({step.day for story in self.stories for step in story.steps})

    def on(self, day: int) -> Iterator[tuple[Story, Step]]:
        return ((story, step) for story in self.stories for step in story.steps if step.day == day)


def today() -> date:
    return datetime.now(timezone.utc).date()


def _five() -> list[Story]:
    deposited = Step(FIRST, SUPPLIER, "MISE_A_DISPOSITION")
    booked = [Step(-26, ERP, statut) for statut in PAID]
    paid = Step(PAYMENTS, ACCOUNTANT, "MISE_EN_PAIEMENT")
    return [
        Story(
            "Suspendue, puis complétée", "CH-10-0042", {"montantHT": "3120.00"},
            [deposited, Step(-38, ERP, "SUSPENDUE"), Step(-30, SUPPLIER, "COMPLETEE"), *booked, paid],
            counts_from=-30, interrupted=(-38, -30),
        ),
        Story(
            "Recyclée vers un autre service", "SIG/778", {"montantHT": "960.00"},
            [deposited, Step(-38, PERSON, "A_RECYCLER"), Step(-30, SUPPLIER, "MISE_A_DISPOSITION"), *booked, paid],
            counts_from=-30,
        ),
        Story("Rejetée", "MOB-5512", {"montantHT": "7450.00"}, [deposited, Step(-38, ERP, "REJETEE")], counts_from=None),
        Story(
            "Marché de travaux, vue comme MOA", "TOIT-SIT-03",
            {"montantHT": "48200.00", "typeFactureTravaux": "PROJET_DECOMPTE_MENSUEL", "statut": "MISE_A_DISPOSITION_MOA"},
            [Step(FIRST, MOE, "MISE_A_DISPOSITION_MOA"), Step(-30, MOA, "MISE_A_DISPOSITION"), *booked, paid],
            counts_from=-30,
        ),
        Story("Payée en retard", "TRANS-2026-09", {"montantHT": "5310.00"}, [deposited, *booked, paid], counts_from=FIRST, late=7),
    ]


# What happens at the portal.


def act(portal: Portal, cast: Cast, story: Story, step: Step) -> None:
    """What anybody but the ERP does."""
    if step.day == FIRST:
        works = "typeFactureTravaux" in story.deposit
        more = {"moa": cast.siret} if works else {"typeFacture": "FACTURE"}
        given = {"siret": cast.siret, "numeroFacture": story.numero, "dateFacture": cast.day(FIRST).isoformat(), "documents": [{"nomPJ": "facture.pdf"}]}
        story.id_facture = portal.deposit_one({**given, **more, **story.deposit})
    elif step.statut == "COMPLETEE":
        portal.complete(story.id_facture, "RIB")
    elif step.who == SUPPLIER:
        portal.act(story.id_facture, "recycle", {"codeService": "ST-VOIRIE"})
    elif step.who == ACCOUNTANT:
        portal.act(story.id_facture, "pay", {})
    else:
        comment = {"commentaire": WRONG_SERVICE} if step.statut == "A_RECYCLER" else {}
        portal.act(story.id_facture, "status", {"statut": step.statut, "par": "person", **comment})


def decision(steps: list[Step], numero: str) -> dict[str, Any]:
    """What the ERP asks for, as the data of its command."""
    wished = [step.statut for step in steps]
    more = {
        "SUSPENDUE": {"motif": MISSING},
        "REJETEE": {"motif": REJECTED},
        "MANDATEE": {"numeroDPMandat": f"M-{numero}"[:20]},
    }
    return {"nouveauStatut": wished[0] if len(wished) == 1 else wished, **more.get(wished[-1], {})}


# What the ERP got of it.


def told(books: Books, story: Story, step: Step) -> list[dict[str, Any]]:
    """The events that tell of a step: of the invoice's being where the step put it, or of the command that did."""
    return [event for event in list(books.events.values()) if _tells(event, story, step)]


def _tells(event: dict[str, Any], story: Story, step: Step) -> bool:
    data = event["data"]
    if data.get("idFacture") != story.id_facture:
        return False
    if event["type"] == APPLIED:
        return step.who == ERP and step.statut in [etape["nouveauStatut"] for etape in data["etapes"]]
    if event["type"] not in (RECEIVED, CHANGED) or data["statut"] != step.statut:
        return False
    again = [other for other in story.steps if other.statut == step.statut and other.day > step.day]
    back = data.get("renvoi") == "RECYCLEE"
    return back is False if again else back or step.day == FIRST or data["statut"] != "MISE_A_DISPOSITION" or step.who == MOA


def clock(books: Books, story: Story) -> dict[str, Any]:
    """The delay as the ERP was last told of it."""
    events = [event["data"] for event in list(books.events.values()) if event["type"] in (RECEIVED, CHANGED)]
    ours = [data for data in events if data["idFacture"] == story.id_facture and data.get("delai")]
    last = max(ours, key=lambda data: (data["dateHeureEtatCourant"], data["statut"] == story.ends), default={})
    return last.get("delai", {})


def failures(cast: Cast, books: Books, shown: dict[int, str]) -> list[str]:
    """What is not as it should be; `shown` are the portal's statuses."""
    found = []
    for story in cast.stories:
        untold = [step.statut for step in story.steps if not told(books, story, step)]
        if untold:
            found.append(f"{story.numero}: the ERP was never told of {', '.join(untold)}")
        if shown.get(story.id_facture) != story.ends:
            found.append(f"{story.numero} is {shown.get(story.id_facture)} on the portal, not {story.ends}")
        found += [f"{story.numero}: {wrong}" for wrong in _wrong_with(cast, story, clock(books, story))]
    return found


def _wrong_with(cast: Cast, story: Story, delai: dict[str, Any]) -> list[str]:
    if story.counts_from is None:
        expected: dict[str, Any] = {"situation": "REJETEE", "echeance": None}
        return _differences(expected, {name: delai.get(name) for name in expected})
    paid = delai.get("paiement", {})
    due = cast.day(story.counts_from + 30)
    interruption = [cast.day(day).isoformat() for day in story.interrupted or ()]
    expected = {
        "situation": "PAYEE",
        "délai ouvert": {"depuis": cast.day(story.counts_from).isoformat(), "jours": 30},
        "échéance": due.isoformat(),
        "interruption": interruption,
        "payée le": cast.day(PAYMENTS).isoformat(),
        "jours de retard": story.late,
        "indemnité": Decimal(40 if story.late else 0),
    }
    given = {
        "situation": delai.get("situation"),
        "délai ouvert": delai.get("delaiOuvert"),
        "échéance": delai.get("echeance"),
        "interruption": [part.get(end) for part in delai.get("suspensions", []) for end in ("du", "au")],
        "payée le": paid.get("date"),
        "jours de retard": paid.get("retardJours"),
        "indemnité": Decimal(str(paid.get("indemnite", "-1"))),
    }
    if story.late:
        expected["intérêts"], given["intérêts"] = _interest(story, paid), Decimal(str(paid.get("interets", "-1")))
    return _differences(expected, given)


def _interest(story: Story, paid: dict[str, Any]) -> Decimal:
    """Amount with tax × yearly rate × days ÷ 365, to the cent."""
    ttc = Decimal(story.deposit["montantHT"]) * Decimal("1.2")
    return (ttc * Decimal(str(paid.get("taux", "0"))) * story.late / 36500).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _differences(expected: dict[str, Any], given: dict[str, Any]) -> list[str]:
    return [f"{name} is {given[name]}, not {value}" for name, value in expected.items() if given[name] != value]


# On the screen.


def lines(cast: Cast, books: Books) -> Iterator[str]:
    yield "Cinq factures, telles que l'ERP les a reçues"
    for story in cast.stories:
        amount = euros(Decimal(story.deposit["montantHT"]) * Decimal("1.2"))
        yield f"  {story.title} · {story.numero} · {amount}"
        for (day, who), together in groupby(story.steps, key=lambda step: (step.day, step.who)):
            steps = list(together)
            statuts = ", ".join(step.statut for step in steps)
            events = [event for step in steps for event in told(books, story, step)]
            yield f"    {cast.day(day).strftime('%d/%m')}  {statuts.ljust(22)}  {who.ljust(15)}  {_events(events)}"
        yield f"    délai  {sentence(clock(books, story))}"


def _events(events: list[dict[str, Any]]) -> str:
    names = dict.fromkeys(event["type"].removeprefix("relais.").removesuffix(".v1") for event in events)
    new = sum(1 for event in events if event["type"] == RECEIVED for document in event["data"]["documents"] if document.get("nouveau"))
    return "▸ " + (", ".join(names) or "rien") + (f" ({new} document de plus)" if new else "")


def sentence(delai: dict[str, Any]) -> str:
    """A clock in words."""
    if delai.get("situation") == "REJETEE":
        return "aucun ne court : la facture est rejetée"
    opened = delai.get("delaiOuvert")
    if not opened or not delai.get("echeance"):
        return "inconnu"
    stops = "".join(f", interrompu du {_short(part['du'])} au {_short(part.get('au', '…'))}" for part in delai.get("suspensions", []))
    said = f"{opened['jours']} jours depuis le {_short(opened['depuis'])}{stops} · échéance {_short(delai['echeance'])}"
    paid = delai.get("paiement")
    if not paid:
        return f"{said} · {delai.get('joursRestants')} jours restants"
    late = paid.get("retardJours") or 0
    if not late:
        before = (date.fromisoformat(delai["echeance"]) - date.fromisoformat(paid["date"])).days
        return f"{said} · payée le {_short(paid['date'])}, {_days(before)} avant"
    costs = f"{euros(Decimal(str(paid['interets'])))} d'intérêts à {paid['taux']} % + {euros(Decimal(str(paid['indemnite'])))} d'indemnité"
    return f"{said} · payée le {_short(paid['date'])}, {_days(late)} de retard : {costs.replace('.', ',')}"


def _days(count: int) -> str:
    return f"{count} jour{'s' if count > 1 else ''}"


def _short(day: str) -> str:
    return date.fromisoformat(day).strftime("%d/%m") if day != "…" else day


def euros(amount: Decimal) -> str:
    return f"{amount:,.2f} €".replace(",", " ").replace(".", ",")
