"""What a folder of Parquet files holds, whatever the order of its rows. Prints one line of JSON.

    digest.py DIR [--split train]

The digest adds, modulo 2^64, the first eight bytes (little endian) of BLAKE2b over `inputs`, a zero byte, `targets`.
"""

import argparse
import glob
import hashlib
import json
import os

import pyarrow.parquet as pq


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("dir")
    arguments.add_argument("--split", default="", help="only files whose names begin with this")
    given = arguments.parse_args()
    total = rows = size = 0
    for path in sorted(glob.glob(os.path.join(glob.escape(given.dir), f"{given.split}*.parquet"))):
        for batch in pq.ParquetFile(path).iter_batches(columns=["inputs", "targets"], batch_size=4096):
            for inputs, targets in zip(batch["inputs"].to_pylist(), batch["targets"].to_pylist()):
                text = inputs.encode() + b"\0" + targets.encode()
                total += int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")
                rows, size = rows + 1, size + len(text) - 1
    print(json.dumps({"digest": f"{total % 2**64:016x}", "rows": rows, "bytes": size}))


if __name__ == "__main__":
    main()
