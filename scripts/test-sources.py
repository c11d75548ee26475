#!/usr/bin/env python3
"""The same events through a folder, a queue and HTTP at once: one notice each, and the notices of a scan.

    scripts/test-sources.py [FOLDER]

FOLDER is a recording of CloudTrail logs: the invictus-ir data set beside the project where it is there, else `samples/`. Its files are put
into a bucket of moto's and announced in a queue, lie in a watched folder, and are posted to the HTTP source, all while `trailbell run`
watches; what it then has in its ledger is compared with what `trailbell scan` prints, notice by notice, byte by byte.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

from support.emulator import PACKAGES, client, moto
from support.tools import ROOT, free_port, program, until, with_packages

with_packages("moto", PACKAGES)


def main() -> None:
    recorded = ROOT.parent / "shared" / "data" / "invictus-ir_aws_dataset"
    data = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else recorded if recorded.exists() else ROOT / "samples"
    if data == ROOT / "samples":
        print("the recordings beside the project are not here: this is samples/ only")
    trailbell = program()
    with moto() as endpoint, tempfile.TemporaryDirectory() as place:
        folder, port = pathlib.Path(place), free_port()
        s3, sqs = client("s3", endpoint), client("sqs", endpoint)
        s3.create_bucket(Bucket="logs")
        queue = sqs.create_queue(QueueName="trail")["QueueUrl"]
        files = sorted(path for path in data.rglob("*") if path.is_file() and "AWSLogs" in str(path) or path.suffix in {".gz", ".json"})
        os.environ["DOOR_SECRET"] = "a-secret-of-this-test"
        (folder / "trailbell.yaml").write_text(f"""
timezone: UTC
sources:
  drop: {{ type: folder, path: '{data}', every: 1s }}
  door: {{ type: http, listen: '127.0.0.1:{port}', secret: '${{DOOR_SECRET}}' }}
  queue: {{ type: sqs, url: '{queue}', region: us-east-1, endpoint: '{endpoint}' }}
channels: {{ log: {{ type: file, path: {folder}/told.jsonl }} }}
delivery: {{ learning: off, all_is_well: off }}
ledger: {{ path: {folder}/trailbell.db }}
listen: off
""")
        command = [trailbell, "--config", f"{folder}/trailbell.yaml", "--quiet", "--output", "json"]

        def printed(*words: str) -> list[str]:
            out = subprocess.run([*command, *words], check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
            return sorted(line for line in out.splitlines() if '"type":"notice"' in line)

        for number, path in enumerate(files):
            key = f"AWSLogs/123456789012/CloudTrail/us-east-1/2026/11/24/{number:05d}-{path.name}"
            s3.put_object(Bucket="logs", Key=key, Body=path.read_bytes())
            word = {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "awsRegion": "us-east-1",
                                 "s3": {"bucket": {"name": "logs"}, "object": {"key": urllib.parse.quote_plus(key)}}}]}
            sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(word))
        log_path = folder / "log"
        with log_path.open("wb") as log:
            process = subprocess.Popen([trailbell, "--config", f"{folder}/trailbell.yaml", "run"], stdout=log, stderr=log)
            until("the door open", lambda: b"door: listening" in log_path.read_bytes(), 60)
            for path in files:
                request = urllib.request.Request(f"http://127.0.0.1:{port}/", path.read_bytes(), {"x-trailbell-secret": "a-secret-of-this-test"})
                try:
                    urllib.request.urlopen(request, timeout=60).read()
                except urllib.error.HTTPError as error:
                    if error.code != 400:  # a file of the folder that is no CloudTrail log
                        raise

            def left() -> int:
                names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
                found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
                return sum(int(found[name]) for name in names)

            until("the queue empty", lambda: left() == 0, 240, 0.5)
            scanned = printed("scan", str(data))
            until("every notice kept", lambda: len(printed("timeline", "--limit", "100000")) >= len(scanned), 120, 0.5)
            process.send_signal(signal.SIGTERM)
            if process.wait(timeout=30) != 0:
                sys.exit(log_path.read_text()[-2000:])
        kept = printed("timeline", "--limit", "100000")
        log = log_path.read_text()
        for source in ("drop", "door", "queue"):
            if f"{source}: listening" not in log:
                sys.exit(f"{source} never listened:\n{log[-2000:]}")
        if kept != scanned:
            sys.exit(f"{len(scanned)} notices of the scan, {len(kept)} of the watch; they differ in {len(set(kept) ^ set(scanned))}")
        print(f"{len(files)} files through folder, queue and HTTP at once: {len(kept)} notices, the same as the scan's, each once")


if __name__ == "__main__":
    main()
