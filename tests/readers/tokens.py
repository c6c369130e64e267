"""Opens builds of packed tokens: both configurations of the directory, every row against its own lengths and the manifest."""

import json
import os
import sys
import tempfile

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")

import pyarrow.parquet  # noqa: E402
from datasets import disable_progress_bars, load_dataset  # noqa: E402  (after the settings it reads)

disable_progress_bars()


def check(row):
    start = 0
    for segment, (length, prompt) in enumerate(zip(row["seq_lengths"], row["prompt_lengths"]), 1):
        end = start + length
        ids, labels = row["input_ids"][start:end], row["labels"][start:end]
        assert row["position_ids"][start:end] == list(range(length))
        assert row["segment_ids"][start:end] == [segment] * length
        assert labels == [-100] * prompt + ids[prompt:] and prompt < length
        start = end
    assert start == len(row["input_ids"]) == len(row["labels"])
    names = [row[name] for name in ("datasets", "templates", "row_keys", "passes")]
    assert all(len(name) == len(row["seq_lengths"]) for name in names)


for directory in sys.argv[1:]:
    with open(os.path.join(directory, "manifest.json"), encoding="utf-8") as file:
        facts = json.load(file)
    with tempfile.TemporaryDirectory() as cache:
        opened = load_dataset(directory, cache_dir=cache)
        assert list(opened) == ["train", "validation"], list(opened)
        for split, data in opened.items():
            shards = [shard for shard in facts["shards"] if shard["split"] == split]
            assert len(data) == sum(shard["rows"] for shard in shards)
            tokens = 0
            for row in data:
                check(row)
                tokens += len(row["input_ids"])
            assert tokens == sum(shard["tokens"]["tokens"] for shard in shards)
        texts = load_dataset(directory, "text", cache_dir=cache)
        assert list(texts) == ["test", "exemplars"], list(texts)
    readers = "datasets, "
    for shard in facts["shards"]:
        if facts["format"] == "parquet" and "tokens" in shard:
            table = pyarrow.parquet.read_table(os.path.join(directory, shard["file"]))
            assert table.num_rows == shard["rows"]
            readers = "datasets, pyarrow, "
    print(f"{readers}{facts['format']}: {sum(map(len, opened.values()))} rows")
