"""Running arm64 programs on another machine."""

import pathlib
import platform
import shutil

from support.tools import debian

GLIBC = pathlib.Path("/usr/aarch64-linux-gnu")
"""Where Debian and Ubuntu put arm64's glibc on another machine."""
DEBIAN = ["qemu-user", "libc6-arm64-cross"]


def emulator(tools: list[tuple[str, str]]) -> list[str]:
    """What goes before an arm64 program's name to run it here: nothing on an arm64 machine.

    On another machine `tools`, programs and the Debian packages they are in, are there as well when this returns. What is missing is
    installed where that can be done (apt-get as root); else the script ends here and says what to install."""
    if platform.machine() in ("aarch64", "arm64"):
        return []
    packages = DEBIAN + [package for _, package in tools]
    debian(lambda: is_there(tools), f"qemu-aarch64, an arm64 glibc under {GLIBC} and {tools}", packages)
    return [shutil.which("qemu-aarch64"), "-L", str(GLIBC)]


def is_there(tools: list[tuple[str, str]]) -> bool:
    return all(shutil.which(program) for program, _ in [("qemu-aarch64", ""), *tools]) and (GLIBC / "lib" / "ld-linux-aarch64.so.1").exists()
