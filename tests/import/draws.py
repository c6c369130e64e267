"""The `choice` of flanc's bodies, recomputed: docs/language.md says how it picks."""

import hashlib


def digest(tag, parts):
    made = hashlib.sha256()
    for part in [tag.encode()] + parts:
        made.update(len(part).to_bytes(4, "big") + part)
    return made.digest()


def mix64(x):
    x &= 2**64 - 1
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 & (2**64 - 1)
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB & (2**64 - 1)
    return x ^ (x >> 31)


class Draws:
    """What one row draws: `fields` are its names and texts in the order they are declared."""

    def __init__(self, fields):
        self.row = digest("fields", [text.encode() for pair in fields for text in pair])
        self.before = {}

    def choice(self, items):
        items = list(items)
        drawn = digest("choice", [self.row] + [str(item).encode() for item in items])
        before = self.before.get(drawn, 0)
        self.before[drawn] = before + 1
        return items[mix64(int.from_bytes(drawn[:8], "big") + before) % len(items)]


def report(kind, results):
    """Says how many templates render the same; the first difference of each other one goes to stderr."""
    import sys

    rows = sum(len(found) for found in results.values())
    same = sum(1 for found in results.values() if all(difference is None for difference in found))
    printed = sum(1 for found in results.values() for difference in found if difference is None)
    print(f"{kind}: {same} of {len(results)} templates and {printed} of {rows} rows render the same")
    for case, found in sorted(results.items()):
        differences = [difference for difference in found if difference is not None]
        if differences:
            print(f"{case}: {len(differences)} of {len(found)}: {differences[0]}", file=sys.stderr)
    if same < 0.95 * len(results):
        sys.exit(f"{kind}: fewer than 95 in a hundred")
