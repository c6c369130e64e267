"""Opens builds as a user of the Hub does: `load_dataset(DIR)`, and nothing said about splits, columns or files."""

import os
import sys
import tempfile

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1")

from datasets import disable_progress_bars, load_dataset  # noqa: E402  (after the settings it reads)

import content  # noqa: E402

disable_progress_bars()
for directory in sys.argv[1:]:
    facts = content.manifest(directory)
    with tempfile.TemporaryDirectory() as cache:
        opened = load_dataset(directory, cache_dir=cache)
        splits = [s for s in ("train", "validation", "test", "exemplars") if any(
            shard["split"] == s and shard["rows"] for shard in facts["shards"])]
        assert list(opened) == splits, f"{directory}: {list(opened)}, expected {splits}"
        rows = 0
        for split in splits:
            data = opened[split]
            rows += content.check(directory, split, data.column_names, data, facts)
    print(f"datasets: {facts['format']} {facts['layout']}: {' '.join(splits)}, {rows} rows")
