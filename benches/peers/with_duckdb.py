"""DuckDB: one statement that reads, renders, shuffles by a hash and writes."""

import os

import duckdb

import workload


def text(value):
    return "'" + value.replace("'", "''") + "'"


def rendered(pattern):
    """A pattern as a concatenation in SQL."""
    pieces = []
    for literal, field in workload.parts(pattern):
        if field == "options":
            pieces.append(text(workload.OPTIONS))
        elif field == "answer":
            cases = (f"when {label} then {text(said)}" for label, said in enumerate(workload.CHOICES))
            pieces.append(f"case label {' '.join(cases)} end")
        else:
            pieces.append(field if field else text(literal))
    return " || ".join(pieces)


def column(templates, side):
    cases = (f"when {number} then {rendered(both[side])}" for number, both in enumerate(templates))
    return f"case idx % {len(templates)} {' '.join(cases)} end"


def main():
    given = workload.arguments(__doc__)
    connection = duckdb.connect(config={"threads": given.threads, "temp_directory": os.path.join(given.out, "spill")})
    queries = []
    for place, (name, templates) in enumerate(workload.TEMPLATES.items()):
        path = text(os.path.join(given.data, f"{name}.{given.format}"))
        rows = f"read_parquet({path})" if given.format == "parquet" else f"read_ndjson({path})"
        queries.append(
            f"select {column(templates, 0)} as inputs, {column(templates, 1)} as targets, "
            f"hash(idx, {place}, {given.seed}) as place from {rows}"
        )
    target = text(os.path.join(given.out, "train.parquet"))
    clock = workload.Clock()
    (rows,) = connection.execute(
        f"copy (select inputs, targets from ({' union all '.join(queries)}) order by place) "
        f"to {target} (format parquet, compression zstd, compression_level {given.level})"
    ).fetchone()
    clock.report(rows, version=duckdb.__version__)


if __name__ == "__main__":
    main()
