"""Measures flanc against its peers on one workload, in turn, and prints tables, ratios and (--json) all figures.

    compare.py --flanc target/release/flanc --python ENVIRONMENT/bin/python

benches/README.md says what is measured and how. Needs nothing but Python itself; the peers need requirements.txt.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys

import contenders
import growth
import process
import rebuild
import report


def arguments():
    root = os.path.dirname(contenders.HERE)
    known = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known.add_argument("--flanc", default=os.path.join(root, "target", "release", "flanc"), help="the program")
    known.add_argument("--data", help="folder of nli and summ as .parquet and .jsonl [default: made below --work]")
    known.add_argument("--work", default=os.path.join(root, "target", "bench"), help="folder for what is written")
    known.add_argument("--python", default=sys.executable, help="a Python with requirements.txt")
    known.add_argument("--peers", help="folder with other peers, as benches/README.md says")
    known.add_argument("--seqio-python", help="a Python with tensorflow and seqio, for peer_seqio.py")
    known.add_argument("--only", type=lambda text: text.split(","), help="flanc,DuckDB,Polars,map,seqio")
    known.add_argument("--runs", type=int, default=5, help="rounds; each runs everybody once")
    known.add_argument("--slow-runs", type=int, default=2, help="rounds with map and seqio; 0: without them")
    known.add_argument("--levels", type=lambda text: [int(part) for part in text.split(",")], default=[3, 1])
    known.add_argument("--formats", type=lambda text: text.split(","), default=["parquet", "jsonl"])
    known.add_argument("--threads", type=int, default=2)
    known.add_argument("--digest", help="what digest.py must say of every output")
    known.add_argument("--growth", default="3-7", help="powers of ten of rows, such as 3-6; none: leave it out")
    known.add_argument("--rebuild", type=int, default=3, help="rounds of builds after an edit; 0: without them")
    known.add_argument("--json", help="file for all figures")
    given = known.parse_args()
    given.rows = 440_000  # of flanc, where no digest can be taken that counts them
    return given


def fail(words):
    print(f"error: {words}", file=sys.stderr)
    sys.exit(1)


def size_of(folder):
    return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(folder) for name in names)


def digest(given, one):
    """Of what a contender wrote; None where it is not Parquet or cannot be read here."""
    if not one.shards:
        return None
    script = os.path.join(contenders.HERE, "digest.py")
    command = [given.python, script, os.path.join(one.out, one.shards), "--split", one.split]
    told = subprocess.run(command, capture_output=True, text=True)
    return json.loads(told.stdout) if told.returncode == 0 else None


def rounds(given, all_of_them):
    """Everybody once, then everybody again: what the machine does meanwhile falls on all alike."""
    taken = {one.name: [] for one in all_of_them}
    notes = {}
    out = set()
    for one in all_of_them:
        if one.before:
            process.run(one.before, environment=contenders.OFFLINE)
    for number in range(given.runs):
        for one in all_of_them:
            if one.name in out or (one.slow and number >= given.slow_runs):
                continue
            if one.out:
                shutil.rmtree(one.out, ignore_errors=True)
            os.sync()
            run = process.run(one.command, environment=contenders.OFFLINE)
            if run.code != 0:
                last = (run.errors.strip().splitlines() or ["it said nothing"])[-1]
                if one.kind == "flanc":
                    fail(f"flanc ended with {run.code}: {last}")
                print(f"{one.name} is left out: {last}", file=sys.stderr)
                out.add(one.name)
                continue
            taken[one.name].append(run)
            if one.name not in notes:
                held = digest(given, one) if one.out else None
                notes[one.name] = {"digest": held, "output_bytes": size_of(one.out) if one.out else None}
            if one.out and one.kind not in ("flanc", "columnar"):
                shutil.rmtree(one.out, ignore_errors=True)
    return {one.name: summary(one, taken[one.name], notes[one.name]) for one in all_of_them if taken[one.name]}


def summary(one, runs, note):
    """Medians of a contender's runs."""

    def middle(value):
        return statistics.median(value(run) for run in runs)

    said = [run.report["seconds"] for run in runs if "seconds" in run.report]
    rows = runs[0].report.get("examples") or (note["digest"] or {}).get("rows") or one.rows
    return {
        "kind": one.kind,
        "rows": rows,
        "wall_s": middle(lambda run: run.wall),
        "cpu_s": middle(lambda run: run.cpu),
        "peak_mib": middle(lambda run: run.peak),
        "foreign": middle(lambda run: run.foreign),
        "work_s": statistics.median(said) if said else None,
        "work_cpu_s": middle(lambda run: run.report.get("work_cpu_s", 0.0)),
        "walls": [run.wall for run in runs],
        "cpus": [run.cpu for run in runs],
        "peaks": [run.peak for run in runs],
        **note,
    }


def digests(given, told):
    """Everybody must have written the same examples."""
    held = {name: one["digest"]["digest"] for name, one in told.items() if one["digest"]}
    for name, value in held.items():
        print(f"digest {value}  {told[name]['digest']['rows']:,} rows  {name}")
    print(flush=True)
    expected = given.digest or held.get("flanc")
    wrong = [name for name, value in held.items() if value != expected]
    if wrong:
        fail(f"{', '.join(wrong)} wrote other examples than {expected}")


def machine(given):
    model = ""
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "")
    version = subprocess.run([given.flanc, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return {"cpu": model, "cores": process.CORES, "flanc": version, "threads": given.threads, "runs": given.runs}


def prepare(given):
    if not os.path.exists(given.flanc):
        fail(f"{given.flanc} is not there; `cargo build --release` makes it, or say --flanc")
    if given.data is None:
        given.data = os.path.join(given.work, "data")
        if not os.path.exists(os.path.join(given.data, "summ.jsonl")):
            script = os.path.join(contenders.HERE, "generate.py")
            subprocess.run([given.python, script, given.data, "--parquet"], check=True)
    given.data, given.work = os.path.abspath(given.data), os.path.abspath(given.work)
    os.makedirs(given.work, exist_ok=True)
    for form in given.formats:  # everybody finds the sources in memory, the first one too
        for name in ("nli", "summ"):
            with open(os.path.join(given.data, f"{name}.{form}"), "rb") as file:
                while file.read(1 << 24):
                    pass


def main():
    given = arguments()
    prepare(given)
    result = {"machine": machine(given), "comparisons": []}
    print("{cpu}, {cores} cores; {flanc}; medians of {runs} runs\n".format(**result["machine"]))
    for form in given.formats if given.runs else []:
        for level in given.levels:
            who = contenders.everybody(given, form, level, first=level == given.levels[0])
            if not any(one.kind == "flanc" for one in who):
                print(f"zstd {level}: this flanc writes level 3 only\n", file=sys.stderr)
                continue
            told = rounds(given, [*who, contenders.floor(given, who, level)])
            found = report.ratios(told, level)
            report.show(told, found, f"{form} to Parquet, zstd {level}, {given.threads} threads")
            digests(given, told)
            result["comparisons"].append({"format": form, "level": level, "contenders": told, "ratios": found})
    if given.growth != "none":
        result["growth"] = growth.series(given, report.table, fail)
    if given.rebuild:
        result["rebuild"] = rebuild.series(given, report.table, fail)
    if given.json:
        with open(given.json, "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)


if __name__ == "__main__":
    main()
