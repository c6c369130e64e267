"""Who is measured: flanc, and each peer with the command that does the same work. Runs nothing."""

import os
import subprocess
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))
OURS = {"DuckDB": "with_duckdb.py", "Polars": "with_polars.py", "map": "with_datasets.py"}
OTHERS = {"DuckDB": "peer_duckdb.py", "Polars": "peer_polars.py", "map": "peer_hf_jinja.py", "seqio": "peer_seqio.py"}
OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}


@dataclass
class Contender:
    """`kind` says which ratio it is part of: flanc, columnar, map, seqio. `out` is emptied before each run."""

    name: str
    kind: str
    command: list
    out: str
    shards: str = ""  # where its Parquet lies below `out`; none where it writes another format
    split: str = ""
    rows: int = 0  # where it does not say itself how many it wrote
    slow: bool = False  # takes part in the first rounds only
    before: list = field(default_factory=list)  # run once beforehand, not measured


def can(flanc, option):
    """Whether this flanc knows an option of `build`."""
    told = subprocess.run([flanc, "build", "--help"], capture_output=True, text=True, check=True)
    return option in told.stdout


def flanc(given, form, level):
    out = os.path.join(given.work, "flanc")
    command = [given.flanc, "--project", os.path.join(HERE, "workload"), "-q", "build", "all"]
    command += ["--source", form, "--data", given.data, "--no-cache", "--threads", str(given.threads), "--out", out]
    if can(given.flanc, "--zstd"):
        command += ["--zstd", str(level)]
    elif level != 3:
        return None
    return Contender("flanc", "flanc", command, out, "data", "train", given.rows)


def peer(given, name, kind, form, level, more=(), slow=False):
    """A peer: the script in `--peers` where that is given, else ours. None where there is no such script."""
    out = os.path.join(given.work, name.replace(" ", "-"))
    common = [given.data, out, "--format", form, "--threads", str(given.threads)]
    key = name.split(" ")[0]
    if given.peers:
        path = os.path.join(given.peers, OTHERS[key])
        level_option = "--zstd-level"
    else:
        path = os.path.join(HERE, "peers", OURS.get(key, "absent"))
        level_option = "--level"
    if not os.path.exists(path):
        return None
    python = given.seqio_python if kind == "seqio" else given.python
    command = [python, path, *common, level_option, str(level), *more]
    return Contender(name, kind, command, out, "" if kind == "seqio" else ".", "train", slow=slow)


def seqio(given, form, level):
    """Over fewer rows, as it takes minutes for all. It starts from TFRecords, which are made beforehand."""
    prepared = ["--prep-dir", os.path.join(given.work, "tfrecord")]
    found = peer(given, "seqio", "seqio", form, level, [*prepared, "--limit", "40000"], slow=True)
    if found:
        found.before = [*found.command[:-1], "10", "--no-write"]
    return found


def everybody(given, form, level, first):
    """All who take part for one source format and one level; the slow ones, which no level touches, `first` only."""
    found = [
        flanc(given, form, level),
        peer(given, "DuckDB", "columnar", form, level),
        peer(given, "Polars", "columnar", form, level),
    ]
    if first and given.slow_runs:
        options = ["--mode", "batched", "--num-proc"] if given.peers else ["--processes"]
        for processes in sorted({1, given.threads}):
            name = f"map {processes} process{'es' if processes > 1 else ''}"
            found.append(peer(given, name, "map", form, level, [*options, str(processes)], slow=True))
        if given.peers and given.seqio_python and form == "parquet":
            found.append(seqio(given, form, level))
    return [one for one in found if one and (not given.only or one.name.split(" ")[0] in given.only)]


def floor(given, who, level):
    """Bare zstd over the rows that flanc has rendered just before."""
    shards = next(os.path.join(one.out, one.shards) for one in who if one.kind == "flanc")
    path = os.path.join(HERE, "peers", "floor_zstd.py")
    command = [given.python, path, shards, "--level", str(level), "--threads", str(given.threads)]
    return Contender("bare zstd", "floor", command, "")
