"""Polars: the rows of each template in one expression, then a shuffle of all."""

import os
import sys

import workload

if "--threads" in sys.argv:  # Polars reads this when it is imported
    os.environ["POLARS_MAX_THREADS"] = sys.argv[sys.argv.index("--threads") + 1]

import polars as pl  # noqa: E402


def rendered(pattern):
    """A pattern as an expression."""
    pieces = []
    for literal, field in workload.parts(pattern):
        if field == "options":
            pieces.append(pl.lit(workload.OPTIONS))
        elif field == "answer":
            labels = range(len(workload.CHOICES))
            pieces.append(pl.col("label").replace_strict(labels, workload.CHOICES, return_dtype=pl.String))
        else:
            pieces.append(pl.col(field) if field else pl.lit(literal))
    return pl.concat_str(pieces)


def main():
    given = workload.arguments(__doc__)
    clock = workload.Clock()
    parts = []
    for name, templates in workload.TEMPLATES.items():
        path = os.path.join(given.data, f"{name}.{given.format}")
        rows = (pl.read_parquet(path) if given.format == "parquet" else pl.read_ndjson(path)).lazy()
        for number, (inputs, targets) in enumerate(templates):
            mine = rows.filter(pl.col("idx") % len(templates) == number)
            parts.append(mine.select(inputs=rendered(inputs), targets=rendered(targets)))
    made = pl.concat(parts).collect()
    made = made.sample(fraction=1.0, shuffle=True, seed=given.seed)
    made.write_parquet(os.path.join(given.out, "train.parquet"), compression="zstd", compression_level=given.level)
    clock.report(made.height, version=pl.__version__)


if __name__ == "__main__":
    main()
