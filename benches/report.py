"""What the figures say: ratios, and tables of them. Measures nothing."""

# What the project asks of itself, by zstd level: how many times as fast as the better of DuckDB and Polars, by wall
# clock and by CPU; and how many times as fast as the best `map` and as seqio.
WALL = {3: 1.4, 1: 1.5}
CPU = {3: 1.15, 1: 1.3}
MEMORY, MAP, SEQIO = 2.0, 8.0, 80.0


def table(rows, left=1):
    """Rows of texts, the first being the heads; the first `left` columns to the left, the others to the right."""
    wide = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(size) if at < left else cell.rjust(size) for at, (cell, size) in enumerate(zip(row, wide))]
        print("  ".join(cells).rstrip())
    print(flush=True)


def ratio(ours, theirs, key):
    """How many times as much per row the other took: by the medians, and the least and most of any round."""

    def of(a, b):
        return (b / theirs["rows"]) / (a / ours["rows"])

    series = {"wall_s": "walls", "cpu_s": "cpus", "peak_mib": "peaks"}[key]
    pairs = [of(a, b) for a, b in zip(ours[series], theirs[series])]
    return {"ratio": of(ours[key], theirs[key]), "least": min(pairs), "most": max(pairs)}


def best(told, kind, key):
    """The contender of a kind that takes the least per row."""
    of_kind = {name: one for name, one in told.items() if one["kind"] == kind}
    return min(of_kind, key=lambda name: of_kind[name][key] / of_kind[name]["rows"], default=None)


def ratios(told, level):
    """Each ratio with what is wanted of it."""
    ours, found = told["flanc"], []

    def add(kind, key, what, wanted, per_row=True):
        name = best(told, kind, key)
        if name:
            theirs = told[name] if per_row else {**told[name], "rows": ours["rows"]}
            found.append({"against": name, "by": what, **ratio(ours, theirs, key), "wanted": wanted})

    add("columnar", "wall_s", "wall clock", WALL.get(level))
    add("columnar", "cpu_s", "CPU", CPU.get(level))
    add("columnar", "peak_mib", "peak memory", MEMORY, per_row=False)
    add("map", "wall_s", "wall clock", MAP)
    add("seqio", "wall_s", "wall clock", SEQIO)
    for kind, wanted in (("map", MAP), ("seqio", SEQIO)):
        name = best(told, kind, "work_s")
        if name:  # our whole process against their work alone
            theirs, what = told[name], "wall clock"
            value = (theirs["work_s"] / theirs["rows"]) / (ours["wall_s"] / ours["rows"])
            found.append({"against": f"{name}, its start not counted", "by": what, "ratio": value, "wanted": wanted})
    floor = told.get("bare zstd")
    if floor:
        for key, work, what in (("wall_s", "work_s", "wall clock"), ("cpu_s", "work_cpu_s", "CPU")):
            found.append({"against": "bare zstd", "by": what, "ratio": floor[work] / ours[key], "wanted": None})
    return found


def show(told, found, head):
    print(head)
    rows = [["", "wall s", "of it work", "CPU s", "peak MiB", "rows/s", "rows/CPU s", "output MB", "foreign"]]
    for name, one in told.items():
        wall, cpu = (one["work_s"], one["work_cpu_s"]) if one["kind"] == "floor" else (one["wall_s"], one["cpu_s"])
        rows.append(
            [
                name,
                f"{wall:.2f}",
                f"{one['work_s']:.2f}" if one["work_s"] else "-",
                f"{cpu:.2f}",
                "-" if one["kind"] == "floor" else f"{one['peak_mib']:,.0f}",
                f"{one['rows'] / wall:,.0f}",
                f"{one['rows'] / cpu:,.0f}",
                f"{one['output_bytes'] / 1e6:.1f}" if one["output_bytes"] else "-",
                f"{one['foreign']:.0%}",
            ]
        )
    table(rows)
    rows = [["times as fast as, or as little", "by", "ratio", "in a round", "wanted"]]
    for one in found:
        spread = f"{one['least']:.2f}-{one['most']:.2f}" if "least" in one else "-"
        wanted = f"{one['wanted']:g}" if one["wanted"] else "-"
        rows.append([one["against"], one["by"], f"{one['ratio']:.2f}", spread, wanted])
    table(rows, left=2)
