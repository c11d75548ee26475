"""ministack, an emulator that others wrote and that runs Lambda functions as processes, and the stack of deploy/trailbell.yaml in it."""

import contextlib
import io
import os
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile

from support.emulator import client, use_keys_that_open_nothing
from support.tools import ROOT, free_port

PACKAGES = ["ministack==1.4.21", "boto3", "cryptography"]


@contextlib.contextmanager
def ministack():
    """Its endpoint; from here on this process and its children have keys that open nothing else."""
    use_keys_that_open_nothing()
    port = free_port()
    settings = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "LAMBDA_EXECUTOR": "local", "SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0"}
    log = (ROOT / "target" / "ministack.log").open("wb")
    server = subprocess.Popen([pathlib.Path(sys.prefix) / "bin" / "ministack"], env=os.environ | settings, stdout=log, stderr=log, cwd=ROOT / "target")
    endpoint = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=2).close()
                break
            if server.poll() is not None:
                sys.exit("ministack has ended")
            time.sleep(0.1)
        yield endpoint
    finally:
        server.terminate()
        server.wait()


def zipped(bootstrap: str) -> bytes:
    """The function's zip, as a release has it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr, entry.compress_type = 0o755 << 16, zipfile.ZIP_DEFLATED
        archive.writestr(entry, pathlib.Path(bootstrap).read_bytes())
    return out.getvalue()


def resources(endpoint: str, name: str) -> dict[str, tuple[str, str]]:
    """Logical id -> type and physical id."""
    found = client("cloudformation", endpoint).describe_stack_resources(StackName=name)["StackResources"]
    return {one["LogicalResourceId"]: (one["ResourceType"], one["PhysicalResourceId"]) for one in found}
