"""How time and memory of a build grow with its rows: short rows from JSON lines, a thousand to ten million."""

import os
import shutil
import statistics
import subprocess
import sys

import contenders
import process


def series(given, table, fail):
    """Measures each power of ten of `given.growth`, prints a table, and gives the figures."""
    low, _, high = given.growth.partition("-")
    found = []
    lines = [
        ["rows", "runs", "wall s", "µs a row", "CPU µs a row", "peak MiB", "peak bytes a row", "read MB", "written MB"]
    ]
    for power in range(int(low), int(high or low) + 1):
        one = measure(given, 10**power, fail)
        found.append(one)
        rows = one["rows"]
        lines.append(
            [
                f"{rows:,}",
                str(one["runs"]),
                f"{one['wall_s']:.2f}",
                f"{one['wall_s'] / rows * 1e6:.2f}",
                f"{one['cpu_s'] / rows * 1e6:.2f}",
                f"{one['peak_mib']:,.0f}",
                f"{one['peak_mib'] * 2**20 / rows:,.0f}",
                f"{one['read_bytes'] / 1e6:,.1f}",
                f"{one['written_bytes'] / 1e6:,.1f}",
            ]
        )
    print(f"growth: JSON lines to Parquet, {given.threads} threads")
    table(lines, left=0)
    return found


def measure(given, rows, fail):
    """Makes the rows, builds them a few times, and removes both."""
    folder = os.path.join(given.work, f"growth-{rows}")
    data, out = os.path.join(folder, "data"), os.path.join(folder, "out")
    script = os.path.join(contenders.HERE, "generate.py")
    subprocess.run([sys.executable, script, data, "--nli", str(rows), "--summ", "0"], check=True)
    source = os.path.join(data, "nli.jsonl")
    with open(source, "rb") as file:
        while file.read(1 << 24):
            pass
    command = [given.flanc, "--project", os.path.join(contenders.HERE, "workload"), "-q", "build", "short"]
    command += ["--source", "jsonl", "--data", data, "--no-cache", "--threads", str(given.threads), "--out", out]
    taken = []
    for _ in range(3 if rows < 10**7 else 1):
        shutil.rmtree(out, ignore_errors=True)
        os.sync()
        run = process.run(command)
        if run.code != 0:
            fail(f"flanc ended with {run.code} at {rows:,} rows: {run.errors.strip()[-400:]}")
        taken.append(run)
    written = sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(out) for name in names)
    found = {
        "rows": rows,
        "runs": len(taken),
        "wall_s": statistics.median(run.wall for run in taken),
        "cpu_s": statistics.median(run.cpu for run in taken),
        "peak_mib": statistics.median(run.peak for run in taken),
        "foreign": statistics.median(run.foreign for run in taken),
        "read_bytes": os.path.getsize(source),
        "written_bytes": written,
    }
    shutil.rmtree(folder)
    return found
