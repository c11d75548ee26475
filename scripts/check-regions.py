#!/usr/bin/env python3
"""Asks botocore (Apache-2.0) which regions AWS has, and whether each of them has its names here.

    python3 scripts/check-regions.py

Every region of every partition must stand in crates/notice/src/regions.rs, called in English as botocore calls it. Of regions that
only have addresses yet (crates/network/data/rented-ranges.bin) it says so. Installs botocore into target/ where it is not there.
"""

import re
import sys
import unicodedata

from support.tools import ROOT, with_packages

# What botocore writes otherwise than AWS's own lists.
SPELT = {"US ISO WEST": "US ISO West", "US ISOF EAST": "US ISOF East", "US ISOF SOUTH": "US ISOF South"}


def partitions() -> list:
    from botocore.loaders import Loader

    return Loader().load_data("partitions")["partitions"]


def plain(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()


def main() -> int:
    source = (ROOT / "crates" / "notice" / "src" / "regions.rs").read_text(encoding="utf-8")
    ours = {code: (english, japanese) for code, english, japanese in re.findall(r'\("([^"]+)", "([^"]+)", "([^"]+)"\)', source)}
    problems, known = [], set()
    all_partitions = partitions()
    for partition in all_partitions:
        for code, region in partition["regions"].items():
            if code.endswith("-global"):
                continue
            known.add(code)
            described = SPELT.get(region["description"], region["description"])
            if code not in ours:
                problems.append(f"{code} ({partition['id']}) has no names: {described}")
            elif plain(ours[code][0]) != plain(described):
                problems.append(f"{code} is called {ours[code][0]} here and {described} by AWS")
    problems += [f"{code} is no region that botocore knows" for code in sorted(set(ours) - known)]
    header = (ROOT / "crates" / "network" / "data" / "rented-ranges.bin").read_bytes().split(b"\0", 1)[0].decode()
    unnamed = [owner for owner in header.splitlines()[1:] if ":" not in owner and owner not in {"GLOBAL", *ours}]
    if unnamed:
        print(f"has addresses, and no name yet that botocore knows: {', '.join(unnamed)}")
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(ours)} regions have their names, of {len(known)} in {len(all_partitions)} partitions")
    return 1 if problems or len(known) < 45 else 0


if __name__ == "__main__":
    with_packages("regions", ["botocore"])
    sys.exit(main())
