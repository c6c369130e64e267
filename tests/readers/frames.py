"""Opens the Parquet shards of builds with polars and with pyarrow, a reader of its own and the one most others use."""

import glob
import os
import sys

import polars
import pyarrow.parquet

import content

for directory in sys.argv[1:]:
    facts = content.manifest(directory)
    rows = 0
    for split in ("train", "validation", "test", "exemplars"):
        paths = sorted(glob.glob(os.path.join(directory, "data", f"{split}-*.parquet")))
        frame = polars.concat([polars.read_parquet(path) for path in paths])
        rows += content.check(f"polars {directory}", split, frame.columns, frame.iter_rows(named=True), facts)
        table = pyarrow.concat_tables(pyarrow.parquet.read_table(path, partitioning=None) for path in paths)
        content.check(f"pyarrow {directory}", split, table.column_names, table.to_pylist(), facts)
    print(f"polars, pyarrow: {facts['layout']}: {rows} rows")
