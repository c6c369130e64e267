"""What a built mixture says, by the rule of docs/determinism.md, from the rows that another reader gives."""

import hashlib
import json
import os

COLUMNS = (
    "inputs targets system options options_span answers answer_index group exemplars "
    "dataset family cluster template role split row_key pass"
).split()
NULL = (2**32 - 1).to_bytes(4, "big")


def manifest(directory):
    with open(os.path.join(directory, "manifest.json"), encoding="utf-8") as file:
        return json.load(file)


def columns(layout):
    return COLUMNS if layout == "inputs-targets" else ["messages"] + COLUMNS[3:]


def cell(value):
    if value is None:
        return NULL
    if isinstance(value, list):
        return len(value).to_bytes(4, "big") + b"".join(cell(item) for item in value)
    data = str(value).encode()
    return len(data).to_bytes(4, "big") + data


def turns(messages):
    """The cells that a conversation stands for; every turn is a role and a content, and nothing else."""
    for turn in messages:
        assert sorted(turn) == ["content", "role"], turn
    roles = [turn["role"] for turn in messages]
    assert roles in (["user", "assistant"], ["system", "user", "assistant"]), roles
    said = {turn["role"]: turn["content"] for turn in messages}
    return {"inputs": said["user"], "targets": said["assistant"], "system": said.get("system")}


def digests(rows, shards):
    """The content digest of each shard of a split, whose rows follow each other."""
    rows = iter(rows)
    found = []
    for shard in shards:
        digest = hashlib.sha256()
        for _ in range(shard["rows"]):
            row = next(rows)
            if "messages" in row:
                row = {**row, **turns(row["messages"])}
            digest.update(hashlib.sha256(b"".join(cell(row[name]) for name in COLUMNS)).digest())
        found.append(digest.hexdigest())
    assert next(rows, None) is None, "there are more rows than the manifest says"
    return found


def check(place, split, names, rows, facts):
    """Compares one split that was read with its manifest."""
    shards = [shard for shard in facts["shards"] if shard["split"] == split]
    assert list(names) == columns(facts["layout"]), f"{place}: {list(names)}"
    said = [shard["content"] for shard in shards]
    assert digests(rows, shards) == said, f"{place}, {split}: the content is not that of the manifest"
    return sum(shard["rows"] for shard in shards)
