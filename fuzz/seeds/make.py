"""Makes the seeds that are not plain fixtures. Run it after a change here or in the fixtures: python3 fuzz/seeds/make.py

XML readers start from shared/invoice/tests/fixtures themselves; these are the formats around the XML.
"""

import base64
import io
import json
import zipfile
import zlib
from pathlib import Path

HERE = Path(__file__).parent
FIXTURES = HERE / "../../shared/invoice/tests/fixtures"


def write(target: str, name: str, content: bytes) -> None:
    folder = HERE / target
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)


def zip_of(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, streamed: bool = False) -> bytes:
    """`streamed`: sizes and checksum after the file, as Java's ZipOutputStream writes them."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return not streamed

        def seek(self, *place: int) -> int:
            if streamed:
                raise io.UnsupportedOperation
            return super().seek(*place)

        def tell(self) -> int:
            if streamed:
                raise io.UnsupportedOperation
            return super().tell()

    out = Pipe()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 23, 9, 15, 0)), content, compress_type=method)
    return out.getvalue()


def pdf(objects: list[bytes], trailer: bytes = b"/Root 1 0 R") -> bytes:
    out = b"%PDF-1.7\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    xref = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, xref)


def stream(keys: bytes, content: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (keys, len(content), content)


def pdf_with_object_stream(xml: bytes) -> bytes:
    """PDF 1.5: catalog and file specification in an object stream, the table in a stream."""
    inside = [
        (1, b"<< /Type /Catalog /Pages 2 0 R /AF [3 0 R] >>"),
        (2, b"<< /Type /Pages /Kids [] /Count 0 >>"),
        (3, b"<< /Type /Filespec /F (factur-x.xml) /EF << /F 4 0 R >> >>"),
    ]
    heads, bodies = b"", b""
    for number, body in inside:
        heads += b"%d %d " % (number, len(bodies))
        bodies += body + b" "
    out = b"%PDF-1.7\n"
    places = {}
    keys = b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode" % (len(inside), len(heads))
    file = stream(b"/Type /EmbeddedFile /Filter /FlateDecode", zlib.compress(xml, 9))
    for number, body in [(4, file), (5, stream(keys, zlib.compress(heads + bodies, 9)))]:
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    places[6] = len(out)
    rows = [(0, 0, 0), (2, 5, 0), (2, 5, 1), (2, 5, 2), (1, places[4], 0), (1, places[5], 0), (1, places[6], 0)]
    table = b"".join(bytes([kind]) + place.to_bytes(3, "big") + bytes([last]) for kind, place, last in rows)
    out += b"6 0 obj\n%s\nendobj\n" % stream(b"/Type /XRef /Size 7 /W [1 3 1] /Root 1 0 R", table)
    return out + b"startxref\n%d\n%%%%EOF\n" % places[6]


def pivots() -> None:
    pivot = (FIXTURES / "pivot.xml").read_text()
    small = b"%PDF-1.4 a small file"
    contents = [zip_of(("FAC1.pdf", small)), zip_of(("FAC1.pdf", small), streamed=True), zip_of(("a", b"1"), ("b", b"2"))]
    place = 1
    while f"@{place}@" in pivot:
        pivot = pivot.replace(f"@{place}@", base64.encodebytes(contents[place % 3]).decode())
        place += 1
    write("pivot_attachments", "pivot.xml", pivot.encode())
    write(
        "pivot_attachments",
        "comments-and-character-data.xml",
        b"<?xml version='1.0'?><p:P xmlns:p='u' a='>'><F><CPPFacturePivotUnitaire><DonneesFacture><Id>F&amp;<![CDATA[1]]></Id>"
        b"<IdCPRO>7</IdCPRO></DonneesFacture><PJ><Contenu>QUJD&#13;<!-- x --><![CDATA[REVG]]></Contenu><NomPJ>f</NomPJ></PJ>"
        b"<PJ><Contenu/></PJ></CPPFacturePivotUnitaire><CPPFacturePivotUnitaire/></F></p:P>",
    )
    answer = {"codeRetour": 0, "f": base64.b64encode(pivot.encode()[:600]).decode(), "libelle": "Succès"}
    write("json_base64", "answer.json", json.dumps(answer, ensure_ascii=False).encode())
    write("json_base64", "escapes.json", rb'{"a": {"f": "x"}, "f": "SGVs\r\nbG8\u003d\/", "b": ["f", "\"f\": "]}')
    write("json_base64", "null.json", b'\xef\xbb\xbf {"f" : null , "\\u0066g": 1}')


def zips() -> None:
    text = b"un fichier, deux fois: " * 40
    write("zip_member", "deflated.zip", zip_of(("FAC1.pdf", text)))
    write("zip_member", "streamed.zip", zip_of(("FAC1.pdf", text), streamed=True))
    write("zip_member", "stored.zip", zip_of(("FAC1.pdf", b"court"), method=zipfile.ZIP_STORED))
    write("zip_member", "two-members.zip", zip_of(("a", b"1"), ("../b", b"2")))
    write("zip_member", "bare.pdf", b"%PDF-1.4 no ZIP around it")


def pdfs() -> None:
    xml = (FIXTURES / "cii.xml").read_bytes()
    page = [b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>", b"<< /Type /Filespec /F (factur-x.xml) /UF (factur-x.xml) /EF << /F 5 0 R >> >>"]
    file = [b"<< /Type /Page /Parent 2 0 R >>", stream(b"/Type /EmbeddedFile /Filter /FlateDecode", zlib.compress(xml, 9))]
    named = b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Kids [<< /Names [(factur-x.xml) 3 0 R] >>] >> >> >>"
    write("read_pdf", "names.pdf", pdf([named, *page, *file]))
    plain = [file[0], stream(b"/Type /EmbeddedFile", b"<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'><ID>1</ID></Invoice>")]
    write("read_pdf", "associated.pdf", pdf([b"<< /Type /Catalog /Pages 2 0 R /AF [3 0 R] >>", *page, *plain]))
    write("read_pdf", "nowhere.pdf", pdf([b"<< /Type /Catalog /Pages 2 0 R >>", *page, *plain]))
    write("read_pdf", "object-stream.pdf", pdf_with_object_stream(xml))
    protected = b"/Root 1 0 R /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O (%s) /U (%s) >> /ID [(a) (a)]" % (b"o" * 32, b"u" * 32)
    write("read_pdf", "encrypted.pdf", pdf([named, *page, *plain], protected))


pivots()
zips()
pdfs()
