"""What a build takes after one template was edited, against a full build: a mixture of many datasets, by layout."""

import os
import shutil
import statistics
import subprocess
import sys
import time

import contenders
import process

NLI, SUMM, ROWS = 40, 4, 10_000  # datasets of short rows, of long ones, and the rows of each
BEFORE = "Going by the passage above"
# A digest of a file is not remembered within two seconds of its last change, so an edit waits for these, as people do.
PAUSE = 2.5


def series(given, table, fail):
    """Builds, edits and builds again, in rounds; prints a table, and gives the figures."""
    folder = os.path.join(given.work, "rebuild")
    shutil.rmtree(folder, ignore_errors=True)
    project(folder)
    found = []
    lines = [["shards hold", "build", "wall s", "CPU s", "of a full one: wall", "CPU", "rendered", "taken over"]]
    for layout in ("mixture", "dataset"):
        taken = {}
        for number in range(given.rebuild):
            for name, run in once(given, folder, layout, number, fail):
                taken.setdefault(name, []).append(run)
        full = taken["full, no cache"]
        for name, runs in taken.items():
            one = figures(layout, name, runs, full)
            found.append(one)
            lines.append(
                [
                    layout if name == "full, no cache" else "",
                    name,
                    f"{one['wall_s']:.2f}",
                    f"{one['cpu_s']:.2f}",
                    f"{one['wall']:.2f}",
                    f"{one['cpu']:.2f}",
                    f"{one['rendered']:,}",
                    f"{one['reused']:,}",
                ]
            )
    print(f"rebuild: {NLI + SUMM} datasets of {ROWS:,} rows, {given.threads} threads, medians of {given.rebuild} rounds")
    table(lines, left=2)
    shutil.rmtree(folder)
    return found


def once(given, folder, layout, number, fail):
    """One round of builds, each by its name."""
    out = os.path.join(folder, "out")
    for old in (out, os.path.join(folder, ".flanc")):
        shutil.rmtree(old, ignore_errors=True)
    edit(folder, "")
    command = [given.flanc, "--project", folder, "-q", "--format", "json", "build", "all"]
    command += ["--threads", str(given.threads), "--shard-by", layout, "--out", out]

    def build(*more):
        run = process.run([*command, *more])
        if run.code != 0:
            fail(f"flanc ended with {run.code}: {run.errors.strip()[-400:]}")
        return run

    yield "full, no cache", build("--no-cache")
    shutil.rmtree(out)
    yield "full, fills the cache", build()
    for time_of_day in ("after an edit", "after another"):
        time.sleep(PAUSE)
        edit(folder, f"{time_of_day} {number}")
        yield time_of_day, build()
    time.sleep(PAUSE)
    yield "nothing changed", build()


def figures(layout, name, runs, full):
    def middle(of, key):
        return statistics.median(getattr(run, key) for run in of)

    work = runs[0].report["work"]
    return {
        "layout": layout,
        "build": name,
        "wall_s": middle(runs, "wall"),
        "cpu_s": middle(runs, "cpu"),
        "wall": middle(runs, "wall") / middle(full, "wall"),
        "cpu": middle(runs, "cpu") / middle(full, "cpu"),
        "rendered": work["rendered"],
        "reused": work["reused"],
    }


def edit(folder, words):
    """Says something else in the first template of the first dataset."""
    path = os.path.join(folder, "nli_00.flan")
    with open(os.path.join(contenders.HERE, "workload", "nli.flan"), encoding="utf-8") as file:
        text = file.read()
    if BEFORE not in text:
        raise ValueError(f"{path} does not say {BEFORE!r}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(renamed(text, "nli", "nli_00").replace(BEFORE, f"{BEFORE} {words}".strip(), 1))


def renamed(text, before, after):
    """Templates or a declaration for a dataset of another name, with its own file."""
    for pattern in ("templates {} for {} ", "dataset {} in", '"{}.parquet"', '"{}.jsonl"'):
        text = text.replace(pattern.format(before, before), pattern.format(after, after))
    return text


def project(folder):
    """The workload as a project of many datasets, each with rows and templates of its own."""
    data = os.path.join(folder, "data")
    script = os.path.join(contenders.HERE, "generate.py")
    rows = [data, "--nli", str(NLI * ROWS), "--summ", str(SUMM * ROWS)]
    subprocess.run([sys.executable, script, *rows], check=True)
    source = os.path.join(contenders.HERE, "workload")
    with open(os.path.join(source, "datasets.flan"), encoding="utf-8") as file:
        declared = file.read()
    start, end = declared.index("dataset nli"), declared.index("// Every row once")
    of_nli, of_summ = declared[start:end].split("dataset summ")
    both = {"nli": (of_nli, NLI), "summ": ("dataset summ" + of_summ, SUMM)}
    text = declared[:start]
    for kind, (declaration, count) in both.items():
        with open(os.path.join(source, f"{kind}.flan"), encoding="utf-8") as file:
            templates = file.read()
        with open(os.path.join(data, f"{kind}.jsonl"), encoding="utf-8") as file:
            for number in range(count):
                name = f"{kind}_{number:02}"
                text += renamed(declaration, kind, name)
                with open(os.path.join(folder, f"{name}.flan"), "w", encoding="utf-8") as out:
                    out.write(renamed(templates, kind, name))
                with open(os.path.join(data, f"{name}.jsonl"), "w", encoding="utf-8") as out:
                    out.writelines(next(file) for _ in range(ROWS))
        os.remove(os.path.join(data, f"{kind}.jsonl"))
    text += declared[end : declared.index("// What the growth")]
    with open(os.path.join(folder, "datasets.flan"), "w", encoding="utf-8") as file:
        file.write(text)
    with open(os.path.join(folder, "flanc.toml"), "w", encoding="utf-8") as file:
        file.write('[build]\nmixture = "all"\nsource = "jsonl"\ndata = "data"\n')
