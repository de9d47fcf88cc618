"""The chain as people write it in Python: requests, base64, ElementTree, zipfile, boto3.

Usage: naive.py URL. Prints one line of figures. Without requests it reads with urllib; without boto3 it stores nothing; both are said.
"""

import base64
import hashlib
import io
import json
import resource
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from time import perf_counter

started = perf_counter()
url = sys.argv[1]
missing = []

try:
    import requests

    answer = requests.get(url + "/telecharger/groupe", timeout=600).json()
except ImportError:
    from urllib.request import urlopen

    missing.append("requests")
    answer = json.load(urlopen(url + "/telecharger/groupe", timeout=600))

try:
    import boto3

    origin = "/".join(url.split("/")[:3])
    s3 = boto3.client(
        "s3", endpoint_url=origin, region_name="eu-west-3", aws_access_key_id="test", aws_secret_access_key="test"
    )
except ImportError:
    missing.append("boto3 (nothing stored)")
    s3 = None

xml = base64.b64decode(answer["fichierResultat"])
pivot = ElementTree.fromstring(xml)
total = 0
for nth, content in enumerate(pivot.iter("Contenu")):
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(content.text))) as archive:
        file = archive.read(archive.namelist()[0])
    digest = hashlib.sha256(file).hexdigest()
    total += len(file)
    if s3:
        s3.put_object(Bucket="archive", Key=f"{nth}.pdf", Body=file, Metadata={"sha256": digest})
if s3:
    s3.put_object(Bucket="archive", Key="pivot.xml", Body=xml)

usage = resource.getrusage(resource.RUSAGE_SELF)
with open("/proc/self/status") as status:
    peak = next(line for line in status if line.startswith("VmHWM")).split()[1]
note = "without " + ", ".join(missing) if missing else ""
cpu = int((usage.ru_utime + usage.ru_stime) * 1000)
print(f"{total}\t{cpu}\t{int((perf_counter() - started) * 1000)}\t{peak}\t{note}")
