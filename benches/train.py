"""Measures `flanc train`: tokens per second, CPU and peak memory, of a model trained from nothing on rows full of tokens.

    cargo build --release
    python3 benches/train.py --size 15M --steps 12
    python3 benches/train.py --peer "python my_trainer.py --threads 2"

Every row is one example of 256 tokens of which all but two have a loss, drawn from a vocabulary of 32,000 words, and a batch
has eight rows. A peer is any command that ends with a line of JSON with `tokens_per_s` and `rss_mib`; it runs in turn with flanc,
and the ratio of the medians is printed. Needs Python alone.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import tempfile
from pathlib import Path

import process

VOCABULARY, LENGTH, BATCH = 32_000, 256, 8
SPECIAL = ["<pad>", "<s>", "</s>", "<unk>", "\n"]

PROJECT = """cluster words { title "Words" }
dataset words in words {
  title "Words"
  field first: text
  field rest: text
  answer rest
  source sample { train { rows jsonl "words/rows.jsonl" } }
}
templates words for words { template say { input "{{ first }}" target "{{ answer }}" } }
mixture words { title "Words" include all cap none rates proportional }
"""


def tokenizer(folder):
    words = SPECIAL + [f"w{number}" for number in range(VOCABULARY - len(SPECIAL))]
    special = [
        {"id": at, "content": word, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        for at, word in enumerate(SPECIAL[:3])
    ]
    whole = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special, "normalizer": None,
        "pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "Removed", "invert": False},
        "post_processor": None, "decoder": None,
        "model": {"type": "WordLevel", "vocab": {word: at for at, word in enumerate(words)}, "unk_token": "<unk>"},
    }
    folder.mkdir()
    (folder / "tokenizer.json").write_text(json.dumps(whole))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "</s>", "clean_up_tokenization_spaces": False}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))


def project(folder, rows):
    draw = random.Random(1)
    word = lambda: f"w{draw.randrange(VOCABULARY - len(SPECIAL))}"
    (folder / "all.flan").write_text(PROJECT)
    data = folder / "datasets" / "samples" / "words"
    data.mkdir(parents=True)
    with open(data / "rows.jsonl", "w") as out:
        for _ in range(rows):
            # One word, the targets, EOS.
            rest = " ".join(word() for _ in range(LENGTH - 2))
            out.write(json.dumps({"first": word(), "rest": rest}) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--flanc", default=str(root / "target" / "release" / "flanc"))
    parser.add_argument("--size", default="15M")
    parser.add_argument("--optimizer", default="adamw")
    parser.add_argument("--steps", type=int, default=12, help="updates; the first two are not counted")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--peer", help="a command to measure in turn")
    a = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        flanc = [os.path.abspath(a.flanc)]
        project(folder, int(a.steps * BATCH * 1.4) + 60)
        tokenizer(folder / "tokenizer")
        os.chdir(folder)
        subprocess.run(flanc + ["build", "words", "--quiet"], check=True, stdout=subprocess.DEVNULL)
        ours, theirs = [], []
        for run in range(a.runs):
            out = folder / f"run{run}"
            command = flanc + [
                "train", "build/words", "--from-scratch", a.size, "--tokenizer", "tokenizer", "--out", str(out),
                "--seq-len", str(LENGTH), "--max-inputs", "1", "--max-targets", str(LENGTH - 2), "--join", "nothing",
                "--batch-tokens", str(LENGTH * BATCH), "--accumulate", "1", "--optimizer", a.optimizer, "--learning-rate", "3e-4",
                "--steps", str(a.steps), "--eval-rows", "0", "--save-every", str(a.steps), "--threads", str(a.threads),
            ]
            taken = process.run(command)
            if taken.code:
                raise SystemExit(taken.errors)
            lines = [json.loads(line) for line in (out / "times.jsonl").read_text().splitlines()]
            rates = [line["tokens_per_second"] for line in lines[2:]]
            ours.append(statistics.median(rates))
            print(json.dumps({"who": "flanc", "tokens_per_s": round(ours[-1], 1), "best_tokens_per_s": round(max(rates), 1),
                              "rss_mib": round(taken.peak, 1), "cpu_s": round(taken.cpu, 1), "foreign": round(taken.foreign, 3)}), flush=True)
            if a.peer:
                said = subprocess.run(a.peer, shell=True, check=True, stdout=subprocess.PIPE, text=True).stdout
                peer = json.loads(said.strip().splitlines()[-1])
                theirs.append(peer["tokens_per_s"])
                print(json.dumps({"who": "peer", "tokens_per_s": theirs[-1], "rss_mib": peer.get("rss_mib")}), flush=True)
        os.chdir(root)
        if theirs:
            print(f"flanc is {statistics.median(ours) / statistics.median(theirs):.2f} times as fast as the peer")


if __name__ == "__main__":
    main()
