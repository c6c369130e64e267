"""Runs a program and says what it took: wall clock, CPU, peak memory. Knows nothing of what is compared.

The program that imports this should stay small: on Linux the peak that is reported for a child counts what its parent
held when it forked.
"""

import json
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field

PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count() or 1


@dataclass
class Taken:
    """One run. `wall`, `cpu` in seconds, `peak` in MiB, `foreign` the share of the machine that others used."""

    code: int
    wall: float
    cpu: float
    peak: float
    foreign: float
    report: dict = field(default_factory=dict)
    errors: str = ""


def family(root):
    """`root` and what it has started, as far as it still runs."""
    found, new = [], [root]
    while new:
        pid = new.pop()
        found.append(pid)
        try:
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/children") as file:
                    new += [int(child) for child in file.read().split()]
        except OSError:
            pass
    return found


def resident(pid):
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def watch(root, done, peak, every=0.02):
    """Keeps in `peak[0]` the most bytes that `root` and its children held together."""
    while not done.wait(every):
        pids = family(root)
        if len(pids) > 1:
            peak[0] = max(peak[0], sum(map(resident, pids)))


def busy():
    """Seconds that the cores of this machine have worked."""
    try:
        with open("/proc/stat") as file:
            ticks = [int(part) for part in file.readline().split()[1:]]
    except OSError:
        return 0.0
    user, nice, system, _idle, _wait, irq, softirq = ticks[:7]
    return (user + nice + system + irq + softirq) / TICK


def run(command, timeout=3600, environment=None):
    """Runs `command` alone. Its last line of standard output that is a JSON object, or all of it, becomes `report`.

    The peak is that of the largest process, as the kernel counted it, or of all processes together where there are
    several, as sampled.
    """
    worked = busy()
    begun = time.perf_counter()
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **(environment or {})},
        start_new_session=True,
    )
    done, peak, errors = threading.Event(), [0], []
    watcher = threading.Thread(target=watch, args=(child.pid, done, peak), daemon=True)
    reader = threading.Thread(target=lambda: errors.append(child.stderr.read()), daemon=True)
    timer = threading.Timer(timeout, os.killpg, (child.pid, signal.SIGKILL))
    for thread in (watcher, reader, timer):
        thread.start()
    printed = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begun
    timer.cancel()
    done.set()
    child.returncode = os.waitstatus_to_exitcode(status)
    reader.join(timeout=5)
    cpu = used.ru_utime + used.ru_stime
    others = max(0.0, busy() - worked - cpu)
    printed = printed.decode("utf-8", "replace")
    report = {}
    for text in (printed, *printed.splitlines()):
        if text.startswith("{"):
            try:
                report = json.loads(text)
            except ValueError:
                pass
    return Taken(
        code=child.returncode,
        wall=wall,
        cpu=cpu,
        peak=max(used.ru_maxrss * 1024, peak[0]) / 2**20,
        foreign=others / (wall * CORES),
        report=report,
        errors=b"".join(errors).decode("utf-8", "replace"),
    )
