#!/usr/bin/env python3
"""The zips with the Lambda function in them: target/lambda/trailbell-lambda-arm64.zip and -x86_64.zip.

    scripts/build-lambda.py                       both, with cargo-lambda and zig from PyPI (in a virtual environment under target/)
    scripts/build-lambda.py --arch arm64          one of them
    scripts/build-lambda.py --plain               with cargo alone, on Linux, for this machine's own architecture

The same program makes the same zip: its files have no time but the earliest a zip can have. Fails where a program asks for a newer glibc
than Lambda's `provided.al2023` has (2.34), is for another machine than it should be, or does not fit into Lambda. `--manifest`,
`--package` and `--profile` build another crate with a binary `bootstrap`, to try the way itself.
"""

import argparse
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import zipfile

from support.tools import ROOT, with_packages

PACKAGES = ["cargo-lambda==1.9.2", "ziglang==0.17.1"]
TARGETS = {"arm64": "aarch64-unknown-linux-gnu", "x86_64": "x86_64-unknown-linux-gnu"}
MACHINES = {"arm64": 0xB7, "x86_64": 0x3E}
NEWEST_GLIBC = (2, 34)
MOST_BYTES = 250 * 1024 * 1024
"""Lambda's limit for what is unpacked."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arch", choices=[*TARGETS, "both"], help="for which machine (both; with --plain: this one)")
    parser.add_argument("--plain", action="store_true", help="with cargo alone")
    parser.add_argument("--manifest", type=pathlib.Path, default=ROOT / "Cargo.toml")
    parser.add_argument("--package", default="trailbell-lambda")
    parser.add_argument("--profile", default="lambda", help="cargo's profile (lambda: small, since Lambda loads it at every cold start)")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "target" / "lambda")
    options = parser.parse_args()
    options.manifest, options.out = options.manifest.resolve(), options.out.resolve()
    here = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "x86_64", "AMD64": "x86_64"}.get(platform.machine())
    if options.plain and (platform.system() != "Linux" or options.arch not in (None, here)):
        return fail(f"--plain builds on Linux for the machine's own architecture ({here}): leave it out, and zig builds for both")
    if not options.plain:
        with_packages("lambda-tools", PACKAGES)
    wanted = [options.arch or here] if options.plain else list(TARGETS) if options.arch in (None, "both") else [options.arch]
    for architecture in wanted:
        build = with_cargo if options.plain else with_zig
        program = build(options, architecture)
        if problem := check(program, architecture):
            return fail(f"{program}: {problem}")
        archive = options.out / f"trailbell-lambda-{architecture}.zip"
        pack(program, archive)
        newest = ".".join(map(str, newest_glibc(program.read_bytes())))
        print(f"{shown(archive)}: {archive.stat().st_size / 1e6:.1f} MB, program {program.stat().st_size / 1e6:.1f} MB, "
              f"{architecture}, glibc {newest}")
    return 0


def fail(words: str) -> int:
    print(f"build-lambda: {words}", file=sys.stderr)
    return 1


def shown(path: pathlib.Path) -> pathlib.Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def with_zig(options: argparse.Namespace, architecture: str) -> pathlib.Path:
    """The program, linked by zig against the glibc that Lambda has."""
    target = TARGETS[architecture]
    have_target(target)
    # An output folder for each: cargo-lambda's own default is one for both architectures.
    out = options.out / "programs" / architecture
    tools = pathlib.Path(sys.prefix) / "bin"
    glibc = ".".join(map(str, NEWEST_GLIBC))
    environment = os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    cargo(["lambda", "build", "--profile", options.profile, "--locked", "--target", f"{target}.{glibc}", "--lambda-dir", str(out),
           "--manifest-path", str(options.manifest), "--package", options.package, "--bin", "bootstrap"], options, environment)
    return out / "bootstrap" / "bootstrap"


def with_cargo(options: argparse.Namespace, architecture: str) -> pathlib.Path:
    """The program as this machine builds it; its glibc must not be newer than Lambda's."""
    target = TARGETS[architecture]
    cargo(["build", "--profile", options.profile, "--locked", "--target", target, "--manifest-path", str(options.manifest),
           "--package", options.package, "--bin", "bootstrap"], options, dict(os.environ))
    out = options.out / "programs" / architecture / "bootstrap"
    out.mkdir(parents=True, exist_ok=True)
    return pathlib.Path(shutil.copy(folder(options) / target / options.profile / "bootstrap", out / "bootstrap"))


def folder(options: argparse.Namespace) -> pathlib.Path:
    """Where cargo builds: apart from other builds, so that neither makes the other begin anew."""
    return options.out / "build"


def cargo(arguments: list[str], options: argparse.Namespace, environment: dict[str, str]) -> None:
    home = os.environ.get("CARGO_HOME", str(pathlib.Path.home() / ".cargo"))
    # In its folder, where cargo's settings are.
    place = options.manifest.parent
    remapped = f"--remap-path-prefix={place}=. --remap-path-prefix={home}=cargo"
    flags = f"{os.environ.get('RUSTFLAGS', '')} {remapped}".strip()
    environment |= {"CARGO_TARGET_DIR": str(folder(options)), "RUSTFLAGS": flags}
    subprocess.run(["cargo", *arguments], check=True, env=environment, cwd=place)


def have_target(target: str) -> None:
    """The standard library for it, which rustup brings."""
    sysroot = subprocess.run(["rustc", "--print", "sysroot"], check=True, capture_output=True, text=True, cwd=ROOT).stdout.strip()
    if (pathlib.Path(sysroot) / "lib" / "rustlib" / target / "lib").exists():
        return
    if not shutil.which("rustup") or subprocess.run(["rustup", "target", "add", target], cwd=ROOT).returncode != 0:
        sys.exit(f"build-lambda: Rust's standard library for {target} is not here and could not be had: rustup target add {target}")


def check(program: pathlib.Path, architecture: str) -> str | None:
    """What keeps it from running in Lambda."""
    content = program.read_bytes()
    if content[:6] != b"\x7fELF\x02\x01" or int.from_bytes(content[18:20], "little") != MACHINES[architecture]:
        return f"it is no program for {architecture}"
    if len(content) > MOST_BYTES:
        return "it is larger than Lambda takes"
    newest = newest_glibc(content)
    if newest > NEWEST_GLIBC:
        return (f"it asks for glibc {'.'.join(map(str, newest))}, and provided.al2023 has {'.'.join(map(str, NEWEST_GLIBC))}: "
                "build it without --plain")
    return None


def newest_glibc(content: bytes) -> tuple[int, ...]:
    """The newest version of glibc's symbols that the program names; (0,) where it names none: it is static."""
    versions = re.findall(rb"\0GLIBC_(\d+(?:\.\d+)+)(?=\0)", content)
    return max((tuple(map(int, version.decode().split("."))) for version in versions), default=(0,))


def pack(program: pathlib.Path, archive: pathlib.Path) -> None:
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        # Lambda starts what may be run; a file's time is nobody's business.
        entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.create_system = 3
        entry.external_attr = 0o100755 << 16
        out.writestr(entry, program.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
