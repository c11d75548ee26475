"""What the test scripts share: the program, a virtual environment for servers from PyPI, free ports, waiting."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

try:
    import fcntl
except ImportError:
    # Windows has none, and there nothing runs beside anything.
    fcntl = None

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


@contextlib.contextmanager
def alone(what: str):
    """Meanwhile no other of these scripts does the same; some run beside others."""
    (ROOT / "target").mkdir(exist_ok=True)
    with open(ROOT / "target" / f"{what}.lock", "w") as lock:
        if fcntl:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def with_packages(name: str, packages: list[str]) -> None:
    """Runs the calling script again in target/NAME, a virtual environment with these packages from PyPI."""
    venv = ROOT / "target" / name
    if pathlib.Path(sys.prefix) == venv:
        return
    python = venv / "bin" / "python"
    stamp = venv / "installed"
    with alone(name):
        if not stamp.exists() or stamp.read_text() != " ".join(packages):
            subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
            stamp.write_text(" ".join(packages))
    sys.stdout.flush()
    os.execv(python, [str(python), *sys.argv])


def debian(is_there, what: str, packages: list[str]) -> None:
    """Makes sure that something is there: Debian's packages are installed where that can be done (apt-get as root); else the script ends
    here and says what to install. `is_there` says whether it is."""
    if is_there():
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(f"NOT tested: install {what} (Debian: apt-get install {' '.join(packages)})")
    with alone("apt-get"):
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
            subprocess.run(["apt-get", *command], check=True, stdout=subprocess.DEVNULL, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
    if not is_there():
        sys.exit(f"NOT tested: {', '.join(packages)} are installed, and yet {what} cannot be found")


def program() -> str:
    """The release build of trailbell, built if it must be; or the program that TRAILBELL_PROGRAM names."""
    if named := os.environ.get("TRAILBELL_PROGRAM"):
        return named
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet"], cwd=ROOT, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return str(target / "release" / "trailbell")


def bootstrap() -> str:
    """The Lambda function's program, in a release build for this machine; or the one that TRAILBELL_BOOTSTRAP names."""
    if named := os.environ.get("TRAILBELL_BOOTSTRAP"):
        return named
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet", "-p", "trailbell-lambda"], cwd=ROOT, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return str(target / "release" / "bootstrap")


@contextlib.contextmanager
def dynamodb_stand_in(milliseconds: int = 0, chain: pathlib.Path | None = None, key: pathlib.Path | None = None):
    """Our stand-in for DynamoDB, as a process; its endpoint. Each answer takes so long. With a certificate chain and its key it speaks TLS."""
    subprocess.run(["cargo", "build", "--locked", "--quiet", "-p", "trailbell-aws", "--example", "dynamodb_stand_in"], cwd=ROOT, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    port = free_port()
    command = [target / "debug" / "examples" / "dynamodb_stand_in", str(port), str(milliseconds), *([chain, key] if chain else [])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        process.stdout.readline()
        yield f"https://localhost:{port}" if chain else f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(what: str, happened, seconds: float = 120.0, every: float = 0.1):
    """Waits until `happened()` is true, and says what did not happen if it never is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := happened():
            return result
        time.sleep(every)
    sys.exit(f"after {seconds:.0f} seconds still not: {what}")
