"""The nightly proof on the deployed system: what was taken away by hand is found, queued, archived and announced again, and the next proof is green."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from .scene import RECEIVED, Scene

SIRET = "00000000013456"


def documents(report: dict[str, Any]) -> int:
    """What a report says the portal lists, each document once in however many lists it stands."""
    kinds = [kind for month in report["months"].values() for kind in month["kinds"].values()]
    return sum(kind["portal"]["count"] - kind["alsoListed"]["count"] for kind in kinds)


class Proof(Scene):
    """A deployed system whose proof is run by hand, as often as a night's schedule would."""

    #: Everything on this portal was deposited a moment ago.
    parameters = {"ReconcileGraceMinutes": "0", "OverlapMinutes": "1"}

    def reconcile(self, payload: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self.cloud.client("lambda").invoke(FunctionName=self.outputs["ReconcileFunctionName"], Payload=json.dumps(payload or {}).encode())
        said = json.loads(answer["Payload"].read() or b"null")
        self.assertNotIn("FunctionError", answer, said)
        return said

    def reports(self) -> dict[str, dict[str, Any]]:
        """The latest report of each establishment, by SIRET."""
        s3, bucket = self.cloud.client("s3"), self.outputs["StateBucketName"]
        keys = sorted(entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket, Prefix="reports/").get("Contents", []))
        return {key.split("/")[-1].removesuffix(".json"): json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys}

    def delete(self, keys: list[str]) -> None:
        """What a person with the root key does in a bad hour."""
        self.assertTrue(keys)
        for key in keys:
            self.cloud.client("s3").delete_object(Bucket=self.outputs["ArchiveBucketName"], Key=key)

    def settle(self) -> None:
        """Runs until every establishment is green, as the hours of a night do."""

        def green() -> bool:
            self.reconcile()
            reports = self.reports()
            return bool(reports) and all(report["green"] for report in reports.values())

        self.assertTrue(self.until(green, 60, 2), {siret: report["lists"] for siret, report in self.reports().items() if not report["green"]})

    def event_ids(self, id_facture: int) -> list[str]:
        """The events whose announcement the archive has as a fact."""
        keys = [key for key in self.keys(f"{SIRET}/{id_facture:012d}/") if key.endswith("/published.json")]
        return [json.loads(self.object(key))["eventId"] for key in keys]


class Completeness(Proof):
    invoices = 8

    def setUp(self) -> None:
        if not self.of_type(RECEIVED):
            self.poll()
            self.all_announced()

    def of_siret(self) -> list[int]:
        return sorted({data["idFacture"] for data in self.of_type(RECEIVED) if data["etablissement"]["siret"] == SIRET})

    def test_1_a_dry_run_finds_what_is_missing_and_queues_nothing(self) -> None:
        gone = self.of_siret()[0]
        kept = {key: self.object(key) for key in self.keys(f"{SIRET}/{gone:012d}/")}
        self.delete(list(kept))
        today = self.portal.get(f"/_sim/invoices/{gone}")
        answer = self.reconcile({"siret": SIRET, "from": "2020-01-01", "dryRun": True})["establishments"][0]
        self.assertEqual(answer["findings"]["missing"], 1, (answer, today))
        self.assertEqual([named["idFacture"] for named in answer["report"]["lists"]["missing"]], [gone])
        self.assertFalse(answer["green"])
        self.assertEqual(sum(answer["requeued"].values()), 0)
        self.assertEqual(self.reports(), {})
        self.assertEqual(self.keys(f"{SIRET}/{gone:012d}/"), [])
        for key, body in kept.items():
            self.cloud.client("s3").put_object(Bucket=self.outputs["ArchiveBucketName"], Key=key, Body=body)

    def test_2_what_was_deleted_by_hand_is_archived_and_announced_again_and_the_next_report_is_green(self) -> None:
        gone, unannounced = self.of_siret()[:2]
        self.delete(self.keys(f"{SIRET}/{gone:012d}/"))
        published = [key for key in self.keys(f"{SIRET}/{unannounced:012d}/") if key.endswith("/published.json")]
        self.delete(published)
        before = {data["idFacture"]: event_id for event_id, event in self.events.items() if (data := event["data"])["idFacture"] in (gone, unannounced)}
        self.reconcile()
        report = self.reports()[SIRET]
        self.assertFalse(report["green"])
        self.assertEqual(([n["idFacture"] for n in report["lists"]["missing"]], [n["idFacture"] for n in report["lists"]["unannounced"]]), ([gone], [unannounced]))
        self.assertEqual((report["requeued"]["missing"], report["requeued"]["unannounced"]), (1, 1))

        self.assertTrue(self.until(lambda: all(self.event_ids(id_facture) for id_facture in before)), "what was queued again did not arrive")
        # SQS itself drops a repeat of an event within five minutes: the fact of the announcement is back, with the id of the first time.
        self.assertEqual({id_facture: self.event_ids(id_facture) for id_facture in before}, {id_facture: [event_id] for id_facture, event_id in before.items()})
        self.assertTrue(any("/documents/" in key for key in self.keys(f"{SIRET}/{gone:012d}/")))
        self.settle()
        report = self.reports()[SIRET]
        for month in report["months"].values():
            for kind in month["kinds"].values():
                self.assertTrue(kind["equal"])
                self.assertEqual((kind["portal"]["count"], kind["portal"]["ttc"]), (kind["archive"]["count"], kind["archive"]["ttc"]))
        self.assertEqual(documents(report), len([i for i in self.portal.invoices() if i["siret"] == SIRET]))
        self.assertEqual(report["work"]["amountsRead"], 0, "the keys told every amount")

    def test_3_with_nothing_due_nobody_is_asked(self) -> None:
        self.settle()
        calls = len(self.calls("rechercher/recipiendaire"))
        self.assertEqual(self.reconcile(), {"establishments": []})
        self.assertEqual(len(self.calls("rechercher/recipiendaire")), calls)


class ManyInvoices(Scene):
    """An archive filled by its keys alone, as large as one likes: RELAIS_E2E_INVOICES=10000 is what a laptop does in some minutes."""

    invoices = int(os.environ.get("RELAIS_E2E_INVOICES", "150"))
    parameters = {"ReconcileGraceMinutes": "0", "OverlapMinutes": "1", "ReconcileTimeout": "300"}

    def test_a_full_archive_is_proven_with_a_call_for_a_thousand(self) -> None:
        listed = self.portal.invoices()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(self.fill, listed))
        began = time.monotonic()
        answer = self.cloud.client("lambda").invoke(FunctionName=self.outputs["ReconcileFunctionName"], Payload=b"{}")
        seconds = time.monotonic() - began
        said = json.loads(answer["Payload"].read())
        self.assertNotIn("FunctionError", answer, said)
        self.assertTrue(all(one["green"] for one in said["establishments"]), said)
        s3, bucket = self.cloud.client("s3"), self.outputs["StateBucketName"]
        rows = keys = 0
        for entry in s3.list_objects_v2(Bucket=bucket, Prefix="reports/")["Contents"]:
            report = json.loads(s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())
            work, lists = report["work"], sum(len(month["kinds"]) for month in report["months"].values())
            self.assertLessEqual(work["portalCalls"], work["portalRows"] // 1000 + lists)
            self.assertLessEqual(work["archiveCalls"], work["archiveKeys"] // 1000 + 1)
            self.assertEqual(work["amountsRead"], 0)
            rows, keys = rows + documents(report), keys + work["archiveKeys"]
        self.assertEqual(rows, len(listed))
        print(f"{rows} invoices, {keys} keys: proven in {seconds:.1f} s ", end="", flush=True)

    def fill(self, invoice: dict[str, Any]) -> None:
        """The keys that archive makes. What they hold is not looked at."""
        s3, bucket = self.cloud.client("s3"), self.outputs["ArchiveBucketName"]
        at = datetime.fromisoformat(invoice["dateHeureEtatCourant"].replace("Z", "+00:00"))
        depot = datetime.fromisoformat(invoice["deposeLe"].replace("Z", "+00:00")).astimezone(ZoneInfo("Europe/Paris")).date()
        ttc = Decimal(invoice["montantTTC"]).normalize()
        ttc = ttc.quantize(Decimal("0.01")) if ttc.as_tuple().exponent > -2 else ttc
        folder = f"{invoice['siret']}/{invoice['idFacture']:012d}/{at:%Y%m%dT%H%M%SZ}-{invoice['statut']}"
        marker = f"montant-ttc-{ttc}-{invoice['devise']}-depot-{depot}-{invoice['typeDemandePaiement']}"
        names = ("archived.json", "documents/01-F1.pdf", "documents/02-annexe.pdf", "invoice.json", marker, "pivot.xml", "published.json")
        for name in names:
            s3.put_object(Bucket=bucket, Key=f"{folder}/{name}", Body=b"")
        s3.put_object(Bucket=bucket, Key=f"{invoice['siret']}/{invoice['idFacture']:012d}/pushes/c-1.json", Body=b"{}")
