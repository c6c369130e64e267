#!/usr/bin/env python3
"""Recomputes a build from docs/determinism.md alone: who every row is, every draw, every shard's content digest.

    recompute.py SPEC PROJECT BUILD     compares a build of JSON lines with what it should be; exit code 1 where it differs
    recompute.py SPEC PROJECT --example DATASET   prints the digests of the first training row of a dataset

SPEC says in JSON what the project's .flan files say. Python's standard library only, and no word of flanc's source.
"""
import hashlib
import json
import os
import struct
import sys

MASK = (1 << 64) - 1
EDITION = b"2026"


# ---- digests --------------------------------------------------------------------------------------------------------

def H(tag, *parts):
    out = hashlib.sha256()
    for part in (tag.encode(),) + parts:
        out.update(struct.pack(">I", len(part)) + part)
    return out.digest()


def word(digest, index):
    return struct.unpack(">4Q", digest)[index]


def mix64(x):
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def id64(name):
    return word(H("name", name.encode()), 0)


def u32(n):
    return struct.pack(">I", n)


def u64(n):
    return struct.pack(">Q", n)


# ---- canonical values -----------------------------------------------------------------------------------------------

def canonical_number(text):
    text = text.strip()
    negative = text.startswith("-")
    text = text.lstrip("+-").lower()
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits, point = whole + fraction, len(whole) + int(exponent or 0)
    digits, point = ("0" * -point + digits, 0) if point < 0 else (digits, point)
    digits = digits.ljust(point, "0")
    whole, fraction = digits[:point].lstrip("0"), digits[point:].rstrip("0")
    sign = "-" if negative and (whole or fraction) else ""
    return sign + (whole or "0") + ("." + fraction if fraction else "")


class Number(str):
    """A number of JSON, as it was written."""


def scalar(value):
    if value is True or value is False:
        return "true" if value else "false"
    return str(value)


def canonical(field, value):
    """`None`, a text, or a list of texts."""
    kind = field["kind"]
    if kind == "list":
        return None if value is None else [scalar(item) for item in value]
    if value is None or (value == "" and not field.get("empty_is_text")):
        return None
    text = scalar(value)
    if kind == "number":
        return canonical_number(text)
    if kind == "bool":
        return {"true": "true", "1": "true", "false": "false", "0": "false"}[text.lower()]
    if kind == "choice":
        return field["codes"][text]
    return text


def encoded(value):
    if value is None:
        return b"\0"
    if isinstance(value, list):
        return b"\2" + b"".join(u32(len(item.encode())) + item.encode() for item in value)
    return b"\1" + value.encode()


# ---- rows -----------------------------------------------------------------------------------------------------------

class Row:
    pass


def read_rows(project, name, dataset):
    rows = []
    for split, files in dataset["splits"].items():
        for file in files:
            with open(os.path.join(project, file), encoding="utf-8", newline="\n") as lines:
                for line in lines:
                    value = json.loads(line, parse_int=Number, parse_float=Number)
                    rows.append(make_row(name, dataset, split, value))
    return rows


def make_row(name, dataset, split, value):
    row = Row()
    row.split = split
    row.values = {f["name"]: canonical(f, value.get(f["name"])) for f in dataset["fields"]}
    part = lambda field: encoded(row.values[field])
    everything = [f["name"] for f in dataset["fields"]]
    row.content = H("content", name.encode(), *map(part, dataset.get("key", everything)))
    row.whole = H("whole", name.encode(), *map(part, everything)) if "key" in dataset else row.content
    row.group = H("group", name.encode(), *map(part, dataset["group"])) if "group" in dataset else row.content
    return row


def name_rows(rows):
    """Row digests: rows of one split and content are numbered in the order of all their fields."""
    seen = {}
    for row in sorted(rows, key=lambda row: (row.split, row.content, row.whole)):
        occurrence = seen.get((row.split, row.content), 0)
        seen[(row.split, row.content)] = occurrence + 1
        row.digest = H("row", row.content, row.split.encode(), u32(occurrence))


def tie_rows(rows):
    """Components: rows tied by a group or a content, along the chain; named by their smallest group digest."""
    parent = list(range(len(rows)))

    def find(at):
        while parent[at] != at:
            at = parent[at]
        return at

    first = {}
    for at, row in enumerate(rows):
        for key in (row.group, row.content):
            parent[find(at)] = find(first.setdefault(key, at))
    least = {}
    for at, row in enumerate(rows):
        root = find(at)
        least[root] = min(least.get(root, row.group), row.group)
    for at, row in enumerate(rows):
        row.component = least[find(at)]


class Unit:
    def __init__(self, row, reference, digest):
        self.row, self.reference, self.digest = row, reference, digest


# ---- the plan -------------------------------------------------------------------------------------------------------

class Draws:
    def __init__(self, seed):
        self.seed = u64(seed)

    def keep(self, unit):
        return H("keep", EDITION, self.seed, unit)

    def reserve(self, group):
        return H("reserve", EDITION, self.seed, group)

    def use(self, unit, pass_):
        return H("use", EDITION, self.seed, unit, u32(pass_))


def divide(name, dataset, rows, draws, cap):
    """The units that are trained on, and the rows set aside."""
    name_rows(rows)
    tie_rows(rows)
    train = [row for row in rows if row.split == "train"]
    tested = {row.content for row in rows if row.split == dataset["evaluate_on"]}
    members = {}
    for row in train:
        members.setdefault((draws.reserve(row.component), row.component), []).append(row)
    wanted, reserved = min(dataset["reserve"], len(train) // 5), []
    for key in sorted(members):
        if len(reserved) + len(members[key]) <= wanted:
            reserved += members[key]
    apart = {row.component for row in reserved}
    kept = []
    for row in train:
        if row.component in apart or row.content in tested:
            continue
        answers = row.values[dataset["answer"]]
        count = max(1, len(answers)) if dataset.get("several") == "each" else 1
        for i in range(count):
            kept.append(Unit(row, i, row.digest if count == 1 else H("reference", row.digest, u32(i))))
    order = lambda unit: (draws.keep(unit.digest), unit.digest)
    kept.sort(key=order)
    return kept[:cap], sorted((Unit(row, 0, row.digest) for row in reserved), key=order)


def largest_remainders(size, weights):
    while min((w for w in weights.values() if w), default=1) < 1 and max(weights.values()) < 2**41:
        weights = {name: weight * 2 for name, weight in weights.items()}
    while max(weights.values(), default=0) >= 2**42:
        weights = {name: weight / 2 for name, weight in weights.items()}
    weights = {name: weight * (1 << 20) for name, weight in weights.items()}
    weights = {name: int(weight) + (weight % 1 >= 0.5) for name, weight in weights.items()}
    total = sum(weights.values())
    parts = {name: size * weight // total for name, weight in weights.items()}
    order = sorted((name for name in weights if weights[name]), key=lambda n: (-(size * weights[n] % total), n))
    for name in order[: size - sum(parts.values())]:
        parts[name] += 1
    return parts


def uses(units, quota, draws):
    n = len(units)
    made = [(unit, p, draws.use(unit.digest, p)) for p in range(quota // n) for unit in units]
    last = [(unit, quota // n, draws.use(unit.digest, quota // n)) for unit in units]
    last.sort(key=lambda use: (word(use[2], 3), use[0].digest))
    return made + last[: quota % n]


def template_of(use, row, templates):
    def score(template):
        tickets = [template["identity"]]
        tickets += ["%s#%d" % (template["identity"], n) for n in range(2, template.get("tickets", 1) + 1)]
        return max(mix64(word(use, 1) ^ id64(ticket)) for ticket in tickets)

    usable = [t for t in templates if admits(t, row)]
    return min(usable, key=lambda t: (-score(t), t["identity"]))


def reference_of(use, count):
    return mix64(word(use, 1) ^ id64("reference")) * count >> 64


def option_order(keep, count):
    return sorted(range(count), key=lambda at: (mix64((word(keep, 2) + at) & MASK), at))


def admits(template, row):
    return all(row.values[field] == value for field, value in template.get("when", {}).items())


def exemplars(use, row, ring, template, count):
    """Row digests of the shots: from a place on the ring on, the first row that is not tied to the example and fits."""
    shown = []
    for i in range(count):
        start = mix64((word(use, 2) + i) & MASK)
        at = next((at for at, unit in enumerate(ring) if word(unit.digest, 0) >= start), 0)
        for unit in ring[at:] + ring[:at]:
            other = unit.row
            if other.component == row.component or other.content == row.content or not admits(template, other):
                continue
            if any(other is seen or other.content == seen.content for seen in shown):
                continue
            shown.append(other)
            break
    return [other.digest.hex()[:32] for other in shown]


def example(name, dataset, unit, pass_, use, split, ring, draws, spec):
    """The columns of an example that no rendering is needed for."""
    row = unit.row
    template = template_of(use, row, dataset["templates"])
    answers = row.values[dataset["answer"]]
    answers = answers if isinstance(answers, list) else [answers]
    options = None
    if "options" in dataset:
        options = dataset["options"]
        answers = [options[dataset["labels"].index(answers[0])]]
        if spec["options"] == "shuffled":
            options = [options[at] for at in option_order(draws.keep(unit.digest), len(options))]
    reference = reference_of(use, len(answers)) if dataset.get("several") == "any" else unit.reference
    targets = answers[reference] if template["target"] == "answer" else row.values[template["target"]]
    if template["target"] != "answer":
        # Turned around: what is right is the target, and the input shows no options.
        options, answers = None, [targets]
    return {
        "dataset": name, "row_key": row.digest.hex()[:32], "group": row.component.hex()[:32], "pass": pass_,
        "template": template["name"], "split": split, "options": options,
        "answers": None if answers == [targets] else answers,
        "targets": targets,
        "exemplars": exemplars(use, row, ring, template, spec["shots"]),
    }


def plan(spec, project):
    """Every example of the training and validation splits, by shard, in order."""
    draws = Draws(spec["seed"])
    pools = {}
    for name in sorted(spec["datasets"]):
        dataset = spec["datasets"][name]
        pools[name] = divide(name, dataset, read_rows(project, name, dataset), draws, spec["cap"])
    weights = {name: min(len(kept), spec["maximum"]) for name, (kept, _) in pools.items()}
    quotas = largest_remainders(spec["size"], weights)
    files = {"data/train-%05d-of-%05d.jsonl" % (i, spec["shards"]): [] for i in range(spec["shards"])}
    names = list(files)
    files["data/validation-00000-of-00001.jsonl"] = validation = []
    for at, (name, (kept, reserved)) in enumerate(pools.items()):
        dataset = spec["datasets"][name]
        ring = sorted(kept, key=lambda unit: unit.digest)
        place = lambda unit, pass_, use: (word(use, 0), at, unit.digest, pass_)
        for unit, pass_, use in uses(kept, quotas[name], draws):
            made = example(name, dataset, unit, pass_, use, "train", ring, draws, spec)
            files[names[word(use, 0) * spec["shards"] >> 64]].append((place(unit, pass_, use), made))
        for unit in reserved:
            use = draws.use(unit.digest, 0)
            made = example(name, dataset, unit, 0, use, "validation", ring, draws, spec)
            validation.append((place(unit, 0, use), made))
    return {file: [made for _, made in sorted(rows, key=lambda row: row[0])] for file, rows in files.items()}


# ---- content digests ------------------------------------------------------------------------------------------------

COLUMNS = ["inputs", "targets", "system", "options", "options_span", "answers", "answer_index", "group", "exemplars",
           "dataset", "family", "cluster", "template", "role", "split", "row_key", "pass"]


def cell(value):
    if value is None:
        return b"\xff\xff\xff\xff"
    if isinstance(value, list):
        return u32(len(value)) + b"".join(map(cell, value))
    text = str(value).encode()
    return u32(len(text)) + text


def record_digest(row):
    return hashlib.sha256(b"".join(cell(row[column]) for column in COLUMNS)).digest()


def content_digest(rows):
    return hashlib.sha256(b"".join(map(record_digest, rows))).hexdigest()


def compare(spec, project, build):
    manifest = json.load(open(os.path.join(build, "manifest.json"), encoding="utf-8"))
    expected, problems, counted = plan(spec, project), [], 0
    for shard in manifest["shards"]:
        with open(os.path.join(build, shard["file"]), encoding="utf-8", newline="\n") as lines:
            rows = [json.loads(line) for line in lines]
        if content_digest(rows) != shard["content"]:
            problems.append("%s: its content digest is not that of the manifest" % shard["file"])
        if shard["file"] not in expected:
            continue
        wanted = expected.pop(shard["file"])
        if len(wanted) != len(rows):
            problems.append("%s: %d rows, not %d" % (shard["file"], len(rows), len(wanted)))
        for at, (row, want) in enumerate(zip(rows, wanted)):
            counted += 1
            for column, value in want.items():
                if row[column] != value:
                    problems.append("%s, row %d, %s: %r, not %r" % (shard["file"], at + 1, column, row[column], value))
    problems += ["%s is not there" % file for file in expected]
    content = H("contents", *(shard["content"].encode() for shard in manifest["shards"]))
    if content.hex() != manifest["content"]:
        problems.append("the digest over all shards is not that of the manifest")
    for problem in problems[:20]:
        print(problem)
    print("%d examples recomputed, %d differences" % (counted, len(problems)))
    return 1 if problems or not counted else 0


def show(spec, project, name):
    dataset, draws = spec["datasets"][name], Draws(spec["seed"])
    rows = read_rows(project, name, dataset)
    divide(name, dataset, rows, draws, spec["cap"])
    row = next(row for row in rows if row.split == "train")
    for field in dataset["fields"]:
        print("%-9s %s" % (field["name"], encoded(row.values[field["name"]]).hex()))
    use = draws.use(row.digest, 0)
    print("content  ", row.content.hex())
    print("group    ", row.group.hex())
    print("component", row.component.hex())
    print("row      ", row.digest.hex())
    print("row_key  ", row.digest.hex()[:32])
    print("keep     ", draws.keep(row.digest).hex())
    print("reserve  ", draws.reserve(row.component).hex())
    print("use      ", use.hex())
    print("order     %016x, shard %d of %d" % (word(use, 0), word(use, 0) * spec["shards"] >> 64, spec["shards"]))
    for template in dataset["templates"]:
        for n in range(1, template.get("tickets", 1) + 1):
            ticket = template["identity"] + ("" if n == 1 else "#%d" % n)
            print("%-9s id64 %016x, score %016x" % (ticket, id64(ticket), mix64(word(use, 1) ^ id64(ticket))))
    print("template ", template_of(use, row, dataset["templates"])["name"])
    if "options" in dataset:
        print("options  ", option_order(draws.keep(row.digest), len(dataset["options"])))
    print("reference %d of 3" % reference_of(use, 3))
    for i in range(spec["shots"]):
        print("exemplar  %d begins at %016x" % (i, mix64((word(use, 2) + i) & MASK)))
    return 0


def main(arguments):
    with open(arguments[0], encoding="utf-8") as file:
        spec = json.load(file)
    if arguments[2] == "--example":
        return show(spec, arguments[1], arguments[3])
    return compare(spec, arguments[1], arguments[2])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
