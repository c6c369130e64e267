"""Writes rows for the workload: made-up prose that depends on the row's number, so that fewer rows begin more.

    generate.py DIR [--nli 400000] [--summ 40000] [--parquet]

DIR/nli.jsonl    idx, premise (three sentences), hypothesis (one), label (0, 1 or 2)
DIR/summ.jsonl   idx, article (thirty-four sentences), summary (two)
With --parquet the same rows as Parquet, which needs pyarrow.

Words are syllables put together, common ones far more often than rare ones. Sentences are drawn from half a million,
so that zstd finds few of them twice within its window. Some hold what JSON has to escape, or letters beyond ASCII.
"""

import argparse
import json
import os
import random

SENTENCES = 1 << 19
PLAIN = "a e o ba ce di fo gu ha je ki lo mu na pe ri so tu va we zu an er il on us sta pre ing".split()
PIECES = PLAIN + "qué ñi straß łó".split()


def words(dice):
    """Four thousand words, the frequent ones short and plain, and the sums of their weights."""
    found, sums, seen, total = [], [], set(), 0.0
    while len(found) < 4000:
        rank = len(found)
        length = 1 + int(dice.random() * (1.5 + rank**0.09))
        kinds = len(PLAIN) if rank < 500 else len(PIECES)
        word = "".join(PIECES[int(dice.random() * kinds)] for _ in range(length))
        if word not in seen:
            total += 1.0 / (rank + 3) ** 0.9
            seen.add(word)
            found.append(word)
            sums.append(total)
    return found, sums


def sentences():
    """As JSON writes them, without the quotes around."""
    dice = random.Random(20210903)
    known, sums = words(dice)
    made = []
    for _ in range(SENTENCES):
        drawn = dice.choices(known, cum_weights=sums, k=8 + int(dice.random() * 11))
        manner = dice.random()
        if manner < 0.2:
            drawn[3] += ","
        elif manner < 0.23:
            drawn[2] = f'"{drawn[2]}"'
        end = "?" if manner > 0.97 else ".\n" if manner > 0.95 else "."
        text = " ".join(drawn)
        made.append(json.dumps(text[0].upper() + text[1:] + end, ensure_ascii=False)[1:-1])
    return made


def mixed(number):
    """64 bits that depend on every bit of a number (the finalizer of SplitMix64)."""
    number = (number * 0x9E3779B97F4A7C15 + 0x1234567) & 0xFFFFFFFFFFFFFFFF
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return number ^ (number >> 31)


def nli(rows, pool):
    last = SENTENCES - 1
    for idx in range(rows):
        a, b = mixed(2 * idx), mixed(2 * idx + 1)
        yield (
            f'{{"idx":{idx},"premise":"{pool[a & last]} {pool[a >> 19 & last]} {pool[a >> 38 & last]}",'
            f'"hypothesis":"{pool[b & last]}","label":{(b >> 40) % 3}}}\n'
        )


def summ(rows, pool):
    last = SENTENCES - 1
    for idx in range(rows):
        drawn = [mixed((idx << 8) + place + (1 << 60)) for place in range(18)]
        told = [pool[number >> shift & last] for number in drawn for shift in (0, 32)]
        yield f'{{"idx":{idx},"article":"{" ".join(told[2:])}","summary":"{" ".join(told[:2])}"}}\n'


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("dir")
    arguments.add_argument("--nli", type=int, default=400_000)
    arguments.add_argument("--summ", type=int, default=40_000)
    arguments.add_argument("--parquet", action="store_true")
    given = arguments.parse_args()
    os.makedirs(given.dir, exist_ok=True)
    pool = sentences()
    for name, rows, make in (("nli", given.nli, nli), ("summ", given.summ, summ)):
        if not rows:
            continue
        path = os.path.join(given.dir, name)
        with open(path + ".part", "w", encoding="utf-8", buffering=1 << 20) as file:
            file.writelines(make(rows, pool))
        if given.parquet:
            import pyarrow.json
            import pyarrow.parquet

            table = pyarrow.json.read_json(path + ".part")
            pyarrow.parquet.write_table(table, path + ".parquet", compression="zstd", row_group_size=1 << 16)
        os.replace(path + ".part", path + ".jsonl")


if __name__ == "__main__":
    main()
