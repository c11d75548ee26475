#!/usr/bin/env python3
"""Makes crates/network/data/geography.bin: the least distance there can be between any two countries.

    npm install --prefix target/geography world-atlas@2.0.2
    python3 -m venv target/geography/python && target/geography/python/bin/pip install babel==2.18.0 scipy==1.17.1
    target/geography/python/bin/python scripts/make-geography.py target/geography/node_modules/world-atlas/countries-10m.json

Borders: Natural Earth 4.1 (public domain) at 1:10m, as npm's world-atlas (ISC) carries them; ISO codes for its
numbers from the Unicode CLDR as Babel (BSD-3-Clause) carries it.

Nobody may be accused wrongly, so every doubt makes a distance smaller:
- it is from border to border, less what the thinning of the lines can hide, cut down to whole steps;
- a territory is no way from its sovereign, and no farther from anybody else than its sovereign is: whose addresses
  are whose is a matter of where a company registered them;
- what the map has no lines of its own for is taken to be as large as the country it is drawn in.

Format: number of countries as one byte; step in kilometres as one byte; the codes, two letters each, ascending; then
for each but the first its distances to those before it, in steps, one byte each.
"""

import json
import math
import pathlib
import re
import sys

import numpy
from babel.core import Locale, get_global
from scipy.spatial import cKDTree

OUT = pathlib.Path(__file__).resolve().parent.parent / "crates" / "network" / "data" / "geography.bin"

EARTH = 6371.0
# Points of a line: none closer than this to the one before, none farther (kilometres).
THIN, LONG = 5.0, 20.0
# How much nearer than two points the lines through them may come.
SLACK = 2 * THIN + LONG
STEP = 80

# Whose lines are somebody's too, because addresses registered there may be used there.
UNNAMED = {
    "Somaliland": "SO", "N. Cyprus": "CY", "Cyprus U.N. Buffer Zone": "CY", "Dhekelia": "CY", "Akrotiri": "CY",
    "Kosovo": "XK", "USNB Guantanamo Bay": "CU", "Siachen Glacier": "IN", "Baikonur": "KZ", "Indian Ocean Ter.": "CX",
    "Coral Sea Is.": "AU", "Spratly Is.": None, "Clipperton I.": "PF", "Bajo Nuevo Bank": "CO", "Serranilla Bank": "CO",
    "Scarborough Reef": None,
}
ALSO = {"MA": ["EH"], "RS": ["XK"], "CX": ["AU"], "UA": [(34.1, 44.4)]}
# Drawn as a part of another one.
PART_OF = {
    "BQ": "NL", "BV": "NO", "CC": "CX", "GF": "FR", "GP": "FR", "MQ": "FR", "RE": "FR", "SJ": "NO", "TK": "NZ", "YT": "FR",
}
SOVEREIGN = {
    "US": "AS GU MP PR UM VI",
    "GB": "AI BM FK GG GI GS IM IO JE KY MS PN SH TC VG",
    "FR": "BL GF GP MF MQ NC PF PM RE TF WF YT",
    "NL": "AW BQ CW SX",
    "DK": "FO GL",
    "NO": "BV SJ",
    "AU": "CC CX HM NF",
    "NZ": "CK NU TK",
    "FI": "AX",
    "CN": "HK MO",
}


def rings(atlas: dict, geometry: dict):
    """The lines of a geometry of TopoJSON, in degrees."""
    scale, translate = atlas["transform"]["scale"], atlas["transform"]["translate"]

    def arc(index: int):
        points = numpy.cumsum(numpy.array(atlas["arcs"][index if index >= 0 else ~index]), axis=0)
        points = points * scale + translate
        return points if index >= 0 else points[::-1]

    polygons = {"Polygon": [geometry.get("arcs")], "MultiPolygon": geometry.get("arcs")}[geometry["type"]]
    for polygon in polygons:
        for ring in polygon:
            yield numpy.concatenate([arc(index) for index in ring])


def unit(degrees):
    """Points on the unit sphere of points in degrees."""
    longitude, latitude = numpy.radians(degrees).T
    return numpy.stack(
        [numpy.cos(latitude) * numpy.cos(longitude), numpy.cos(latitude) * numpy.sin(longitude), numpy.sin(latitude)], axis=1
    )


def spaced(points):
    """The same line with its points neither too close nor too far apart."""
    kept = [points[0]]
    for point in points[1:]:
        length = EARTH * float(numpy.linalg.norm(point - kept[-1]))
        if length < THIN:
            continue
        parts = math.ceil(length / LONG)
        start = kept[-1]
        for part in range(1, parts + 1):
            between = start + (point - start) * part / parts
            kept.append(between / numpy.linalg.norm(between))
    return kept


def shapes(path: str) -> dict:
    atlas = json.load(open(path, encoding="utf-8"))
    numbers = get_global("territory_aliases")
    points = {}
    for geometry in atlas["objects"]["countries"]["geometries"]:
        number = geometry.get("id")
        name = geometry["properties"]["name"]
        code = numbers[number][0] if number else UNNAMED[name]
        if code and geometry["type"]:
            for ring in rings(atlas, geometry):
                points.setdefault(code, []).extend(spaced(unit(ring)))
    own = dict(points)
    for code, more in ALSO.items():
        for one in more:
            points[code] = points[code] + (own[one] if isinstance(one, str) else list(unit(numpy.array([one]))))
    for code, whole in PART_OF.items():
        points.setdefault(code, points[whole])
    return {code: numpy.array(points[code]) for code in sorted(points)}


def main() -> None:
    points = shapes(sys.argv[1])
    codes = list(points)
    wanted = {code for code in Locale("en").territories if re.fullmatch("[A-Z]{2}", code)}
    print("without a place:", sorted(wanted - set(codes)))
    trees = {code: cKDTree(points[code]) for code in codes}
    print(f"{len(codes)} countries, {sum(map(len, points.values())):,} points")
    least = {}
    for at, one in enumerate(codes):
        for other in codes[:at]:
            few, many = sorted((one, other), key=lambda code: len(points[code]))
            chord = float(trees[many].query(points[few])[0].min())
            least[one, other] = least[other, one] = max(0.0, 2 * EARTH * math.asin(min(1.0, chord / 2)) - SLACK)
    borders = dict(least)
    over = {part: whole for whole, parts in SOVEREIGN.items() for part in parts.split()}
    for one in codes:
        for other in codes:
            if one == other:
                continue
            whole_one, whole_other = over.get(one, one), over.get(other, other)
            if whole_one == whole_other:
                least[one, other] = 0.0
                continue
            pairs = {(a, b) for a in (one, whole_one) for b in (other, whole_other)}
            least[one, other] = min(borders[pair] for pair in pairs)
    steps = [int(least[one, other] // STEP) for at, one in enumerate(codes) for other in codes[:at]]
    assert max(steps) < 256, max(steps)
    packed = bytes([len(codes), STEP]) + "".join(codes).encode() + bytes(steps)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_bytes(packed)
    print(f"geography.bin: {len(packed):,} bytes")
    for pair in ["JP NL", "FR DE", "US CA", "JP KR", "JP US", "GB FR", "JP CN", "AU NZ", "GU JP", "GF BR", "FR BR", "DE JP", "IE GB", "SG MY"]:
        one, other = pair.split()
        print(pair, round(least[one, other]))


if __name__ == "__main__":
    main()
