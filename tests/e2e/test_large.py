"""Documents of any size pass through in constant memory; what the portal cannot give whole is kept as far as it can be had."""

import contextlib
import hashlib
import threading
import time
import urllib.request
from pathlib import Path

from .scene import Scene

MB = 1_000_000
#: A build without optimisation has twice the code pages of a released one; the point is that the document is not in it.
PEAK_MB = 80


class Large(Scene):
    parameters = {"ArchiveTimeout": "90", "JobsVisibility": "91"}

    def test_a_dossier_of_110_mb_is_kept_bit_for_bit_in_constant_memory(self) -> None:
        id_facture = self.deposit(siret="00000000013456", documents=[{"generated": "pdf", "typePJ": "01"}, {"taille": 80 * MB, "typePJ": "02"}])
        peak = self.peak_while(lambda: (self.poll(), self.all_announced(120)))
        event = self.announced(id_facture)[0]
        portal = self.portal.get(f"/_sim/invoices/{id_facture}")
        self.assertEqual([d["taille"] for d in event["documents"]], [d["taille"] for d in portal["documents"]])
        for document, original in zip(event["documents"], portal["documents"]):
            self.assertEqual(document["sha256"], self.hash_on_the_portal(id_facture, original["id"]))
        self.assertGreater(peak, 0, "the process was not seen at work")
        self.assertLess(peak, PEAK_MB, f"the archive function took {peak:.0f} MB")
        print(f"\nan archive function took {peak:.0f} MB at most for a dossier of 110 MB in JSON", flush=True)

    def test_a_dossier_that_the_portal_refuses_is_kept_as_a_pdf_and_the_event_says_so(self) -> None:
        id_facture = self.deposit(siret="00000000022226", documents=[{"generated": "pdf", "typePJ": "01"}, {"taille": 130 * MB, "typePJ": "02"}])
        neighbour = self.deposit(siret="00000000022226")
        self.poll()
        self.all_announced(120)
        event = self.announced(id_facture)[0]
        self.assertIn("pdf-only", [finding["code"] for finding in event["findings"]])
        self.assertTrue(self.object(event["documents"][0]["key"]).startswith(b"%PDF"))
        self.assertNotIn("pdf-only", [finding["code"] for finding in self.announced(neighbour)[0]["findings"]])

    def hash_on_the_portal(self, id_facture: int, document: int) -> str:
        digest = hashlib.sha256()
        with urllib.request.urlopen(f"{self.portal.url}/_sim/invoices/{id_facture}/documents/{document}", timeout=60) as answer:
            while piece := answer.read(1 << 20):
                digest.update(piece)
        return digest.hexdigest()

    def peak_while(self, work) -> float:
        """The highest resident memory of any of the stack's functions meanwhile, in MB."""
        over, peak = threading.Event(), [0.0]

        def watch() -> None:
            while not over.is_set():
                for pid in self.function_processes():
                    with contextlib.suppress(OSError, ValueError, StopIteration):
                        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
                        kilobytes = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
                        peak[0] = max(peak[0], int(kilobytes) / 1000)
                time.sleep(0.05)

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            work()
        finally:
            over.set()
            thread.join()
        return peak[0]
