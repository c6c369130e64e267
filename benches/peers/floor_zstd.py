"""The floor: zstd over the bytes of rendered rows and nothing else, in blocks of a MiB on some threads.

    floor_zstd.py DIR [--level 3] [--threads 2]

DIR holds Parquet with `inputs` and `targets`. Reading them is not timed.
"""

import argparse
import glob
import os
from concurrent.futures import ThreadPoolExecutor

import pyarrow.parquet as pq
import zstandard

import workload

BLOCK = 1 << 20


def main():
    known = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known.add_argument("dir")
    known.add_argument("--level", type=int, default=3)
    known.add_argument("--threads", type=int, default=2)
    given = known.parse_args()
    held, rows = bytearray(), 0
    for path in sorted(glob.glob(os.path.join(glob.escape(given.dir), "train*.parquet"))):
        for batch in pq.ParquetFile(path).iter_batches(columns=["inputs", "targets"]):
            rows += batch.num_rows
            for name in ("inputs", "targets"):
                held += "".join(batch[name].to_pylist()).encode()
    view = memoryview(held)
    blocks = [view[at : at + BLOCK] for at in range(0, len(view), BLOCK)]

    def press(mine):
        zstd = zstandard.ZstdCompressor(level=given.level)
        return sum(len(zstd.compress(block)) for block in mine)

    with ThreadPoolExecutor(given.threads) as pool:
        clock = workload.Clock()
        size = sum(pool.map(press, (blocks[first :: given.threads] for first in range(given.threads))))
        clock.report(rows, raw_bytes=len(held), output_bytes=size)


if __name__ == "__main__":
    main()
