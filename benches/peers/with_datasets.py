"""Hugging Face datasets with Jinja: `map` over batches, templates compiled once, then shuffle and to_parquet.

Its Parquet is Snappy whatever --level says: `to_parquet` takes no other from here.
"""

import os
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import workload  # noqa: E402


def source(pattern):
    """A pattern as Jinja."""
    pieces = []
    for literal, field in workload.parts(pattern):
        if field == "options":
            pieces.append("OPTIONS:{% for choice in choices %}\n- {{ choice }}{% endfor %}")
        elif field == "answer":
            pieces.append("{{ choices[label] }}")
        else:
            pieces.append("{{ %s }}" % field if field else literal)
    return "".join(pieces)


def renderer(templates):
    """What `map` calls. It compiles in the process that it runs in: compiled templates do not travel."""
    compiled = []

    def render(batch):
        if not compiled:
            import jinja2

            made = jinja2.Environment(keep_trailing_newline=True)
            compiled.extend([made.from_string(source(side)).render for side in both] for both in templates)
        inputs, targets = [], []
        for values in zip(*batch.values()):
            row = dict(zip(batch, values), choices=workload.CHOICES)
            for made, render_one in zip((inputs, targets), compiled[row["idx"] % len(compiled)]):
                made.append(render_one(row))
        return {"inputs": inputs, "targets": targets}

    return render


def main():
    given = workload.arguments(__doc__, lambda known: known.add_argument("--processes", type=int, default=1))
    with tempfile.TemporaryDirectory(dir=given.out) as cache:
        os.environ["HF_HOME"] = cache
        import datasets

        datasets.disable_progress_bars()
        clock = workload.Clock()
        parts = []
        for name, templates in workload.TEMPLATES.items():
            path = os.path.join(given.data, f"{name}.{given.format}")
            kind = "json" if given.format == "jsonl" else "parquet"
            rows = datasets.load_dataset(kind, data_files=path, split="train", cache_dir=cache)
            parts.append(
                rows.map(
                    renderer(templates),
                    batched=True,
                    remove_columns=rows.column_names,
                    num_proc=given.processes if given.processes > 1 else None,
                )
            )
        made = datasets.concatenate_datasets(parts).shuffle(seed=given.seed)
        made.to_parquet(os.path.join(given.out, "train.parquet"))
        clock.report(len(made), version=datasets.__version__)


if __name__ == "__main__":
    main()
