#!/usr/bin/env python3
"""Gives every command that a notice can print to the real AWS CLI, against an endpoint where nobody listens.

    python3 scripts/check-commands.py            (installs awscli from PyPI into target/aws-cli on first use)

A command is right if the CLI accepts its words and parameters and fails only for want of a connection. The
commands go through `sh -c`, as somebody would paste them. Nothing reaches AWS: the keys are made up, the
endpoint is a closed port of this machine.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENV = ROOT / "target" / "aws-cli"

# A command the CLI must refuse: if it does not, this check checks nothing.
MISSPELT = "aws iam attach-user-policy --user-nam alice --policy-arn arn:aws:iam::aws:policy/AWSDenyAll"


def aws_cli() -> pathlib.Path:
    program = VENV / "bin" / "aws"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        subprocess.run([VENV / "bin" / "pip", "install", "--quiet", "awscli"], check=True)
    return program


def commands() -> list[str]:
    run = ["cargo", "run", "--quiet", "-p", "trailbell-notice", "--example", "commands"]
    output = subprocess.run(run, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return output.splitlines()


def environment(folder: pathlib.Path) -> dict[str, str]:
    (folder / "config").write_text("[profile \"my blog\"]\nregion = us-east-1\n")
    (folder / "credentials").write_text("[my blog]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n")
    (folder / "previous.json").write_text('{"Version": "2012-10-17", "Statement": []}')
    kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    return kept | {
        "PATH": f"{VENV / 'bin'}:{os.environ['PATH']}",
        "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_PAGER": "",
    }


def main() -> int:
    aws_cli()
    lines = commands()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        env = environment(folder)

        def run(line: str) -> subprocess.CompletedProcess:
            shell = ["sh", "-c", line]
            return subprocess.run(shell, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            results = list(pool.map(run, [*lines, MISSPELT]))
    refused = [
        (line, result)
        for line, result in zip([*lines, MISSPELT], results)
        if "Could not connect to the endpoint URL" not in result.stderr
    ]
    wrong = [(line, result) for line, result in refused if line != MISSPELT]
    for line, result in wrong:
        print(f"WRONG  {line}\n       {result.stderr.strip() or result.stdout.strip()}")
    print(f"{len(lines)} commands, {len(wrong)} wrong")
    if len(wrong) == len(refused):
        print("The misspelt command was accepted: this check does not work.")
        return 1
    return 1 if wrong or not lines else 0


if __name__ == "__main__":
    sys.exit(main())
