"""Renders rows through promptsource's templates with Jinja2, by promptsource's own conventions, beside what flanc made."""

import json
import os
import sys
from collections import Counter

import jinja2
import yaml

import draws


class Anything(yaml.YAMLObject):
    yaml_loader = yaml.SafeLoader


class Template(Anything):
    yaml_tag = "!Template"


class Metadata(Anything):
    yaml_tag = "!TemplateMetadata"


def most_frequent(items):
    counts = Counter(items)
    return [item for item, count in counts.items() if count == max(counts.values())]


clone, path = sys.argv[1:3]
DIVIDER = "|||"
environment = jinja2.Environment()
environment.globals.update(zip=zip)
drawn = None
environment.filters.update(
    choice=lambda items: drawn.choice(items),
    random=lambda items: drawn.choice(items),
    most_frequent=most_frequent,
)


def parts(template, row):
    """The stripped parts of a rendered template, the list of answers among its values."""
    values = dict(row, answer_choices=None)
    if template.answer_choices is not None:
        printed = environment.from_string(template.answer_choices).render(**row)
        values["answer_choices"] = [choice.strip() for choice in printed.split(DIVIDER)]
    return [part.strip() for part in environment.from_string(template.jinja).render(**values).split(DIVIDER)]


files = {}
results = {}
for line in open(path, encoding="utf-8"):
    case = json.loads(line)
    if case["file"] not in files:
        with open(os.path.join(clone, case["file"]), encoding="utf-8") as file:
            read = yaml.safe_load(file)["templates"].values()
        files[case["file"]] = {template.name: template for template in read}
    template = files[case["file"]][case["name"]]
    found = []
    for row in case["rows"]:
        drawn = draws.Draws(row["fields"])
        ours = row["ours"]
        try:
            theirs = parts(template, row["row"])
        except Exception as error:
            # What neither renders is the same.
            found.append(None if "refused" in ours else f"they fail: {error!r}, we print {ours!r}")
            continue
        wanted = len(theirs) == 2 and theirs[1] != ""
        if "refused" in ours:
            found.append(f"they print {theirs!r}, we refuse: {ours['refused']}" if wanted else None)
        elif [ours["input"], ours["target"]] == theirs:
            found.append(None)
        else:
            found.append(f"they print {theirs!r}, we print {[ours['input'], ours['target']]!r}")
    results[f"{case['file']}:{case['line']} {case['name']}"] = found
draws.report("promptsource", results)
