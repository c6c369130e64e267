"""The templates of benches/workload/ for the peers, what they are called with, and what they report.

Row number N of a set goes through its template N % 10. compare.py holds every peer's digest against flanc's, so a text
that differs from benches/workload/ is noticed.
"""

import argparse
import json
import os
import resource
import shutil
import string
import time

CHOICES = ["yes", "it is not possible to tell", "no"]
OPTIONS = "OPTIONS:\n- " + "\n- ".join(CHOICES)

TEMPLATES = {
    "nli": [
        ('{premise}\n\nGoing by the passage above, is it correct to say "{hypothesis}"?\n\n{options}', "{answer}"),
        ("Passage: {premise}\n\nClaim: {hypothesis}\n\nDoes the passage support the claim?\n{options}", "{answer}"),
        ("Here is a text.\n{premise}\n\nMay we conclude the following?\n{hypothesis}\n\n{options}", "{answer}"),
        (
            "Decide whether the statement holds, given the text.\n\n"
            "Text: {premise}\nStatement: {hypothesis}\n{options}",
            "{answer}",
        ),
        ("{premise}\nSuppose all of this is true. Is it then also true that {hypothesis}\n{options}", "{answer}"),
        (
            "Statement: {hypothesis}\n\nBackground: {premise}\n\n"
            "Does the statement follow from the background?\n\n{options}",
            "{answer}",
        ),
        (
            "Read this and answer the question.\n\n{premise}\n\n"
            'Question: would a careful reader accept "{hypothesis}"?\n{options}',
            "{answer}",
        ),
        ("Premise: {premise}\nHypothesis: {hypothesis}\nPick one of the following.\n{options}\nAnswer:", "{answer}"),
        ('Does "{hypothesis}" follow from what comes next?\n\n{premise}\n\n{options}', "{answer}"),
        (
            "Write a short passage and a claim whose relation is: {answer}",
            "Passage: {premise}\n\nClaim: {hypothesis}",
        ),
    ],
    "summ": [
        ("Sum up this article:\n\n{article}", "{summary}"),
        ("{article}\n\nWhat is this article about, in short?", "{summary}"),
        ("Article: {article}\n\nSummary:", "{summary}"),
        ("Read the news item and give its main points.\n\n{article}", "{summary}"),
        ("{article}\n\nTL;DR:", "{summary}"),
        ("Give a brief account of the text that follows.\n{article}", "{summary}"),
        ("News: {article}\nA headline paragraph for this would be:", "{summary}"),
        ("What are the important parts of this text?\n\n{article}", "{summary}"),
        ("Write an article from these points:\n\n{summary}", "{article}"),
        ("Summary: {summary}\n\nThe whole article:", "{article}"),
    ],
}


def parts(pattern):
    """The pieces of a pattern in order: literal text, and names of fields."""
    for text, name, _, _ in string.Formatter().parse(pattern):
        if text:
            yield text, None
        if name is not None:
            yield None, name


def arguments(about, more=None):
    """What every peer is called with; the output folder is emptied."""
    known = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    known.add_argument("data", help="folder of nli and summ as .parquet or .jsonl")
    known.add_argument("out", help="folder to write, emptied first")
    known.add_argument("--format", choices=["parquet", "jsonl"], default="parquet")
    known.add_argument("--level", type=int, default=3, help="of zstd")
    known.add_argument("--threads", type=int, default=2)
    known.add_argument("--seed", type=int, default=1)
    if more:
        more(known)
    given = known.parse_args()
    shutil.rmtree(given.out, ignore_errors=True)
    os.makedirs(given.out)
    return given


class Clock:
    """Counts from here: wall and CPU seconds of the work itself, without the start of the interpreter."""

    def __init__(self):
        self.cpu, self.wall = self.used(), time.perf_counter()

    @staticmethod
    def used():
        both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(part.ru_utime + part.ru_stime for part in both)

    def report(self, rows, **more):
        seconds, cpu = time.perf_counter() - self.wall, self.used() - self.cpu
        line = {"examples": rows, "seconds": round(seconds, 3), "work_cpu_s": round(cpu, 3), **more}
        print(json.dumps(line), flush=True)
