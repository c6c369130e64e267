"""Formats rows through FLAN's patterns as FLAN formats them, beside what flanc made. Nothing of FLAN is run."""

import ast
import json
import os
import re
import sys

import draws

clone, path = sys.argv[1:3]


def pattern(node):
    """The two format strings of a pair, or of a few-shot pattern as it stands before the reply."""
    if isinstance(node, ast.Tuple):
        return ast.literal_eval(node)
    given = {"inputs_prefix": "", "targets_prefix": "", "x_y_delimiter": "\n\n"}
    given.update({keyword.arg: ast.literal_eval(keyword.value) for keyword in node.keywords})
    order = ["inputs_prefix", "inputs", "x_y_delimiter", "targets_prefix"]
    return "".join(given[name] for name in order), given["targets"]


def tables(file):
    """The tables of a file: names to tasks to patterns."""
    found = {}

    def value(node):
        if isinstance(node, ast.Subscript):
            return value(node.value)[ast.literal_eval(node.slice)]
        return found[node.id]

    for node in ast.parse(open(os.path.join(clone, file), encoding="utf-8").read()).body:
        if not isinstance(node, ast.Assign) or "PATTERNS" not in ast.dump(node.targets[0]):
            continue
        target = node.targets[0]
        if isinstance(target, ast.Name) and target.id == "OTHER_PATTERNS":
            continue
        if isinstance(node.value, ast.Dict):
            tasks = zip(node.value.keys, node.value.values)
            found[target.id] = {
                ast.literal_eval(key): [pattern(item) for item in items.elts] for key, items in tasks
            }
        elif isinstance(target, ast.Subscript):
            found[target.value.id][ast.literal_eval(target.slice)] = value(node.value)
    return found


def holes(text, row):
    values = dict(row)
    if "options" in row:
        values["options_"] = "OPTIONS:\n- " + "\n- ".join(row["options"])
    rest = re.sub(r"{\w+}", "", text)
    if "{" not in rest and "}" not in rest:
        return text.format(**values)
    return re.sub(r"{(\w+)}", lambda hole: values[hole[1]], text)


files = {}
results = {}
for line in open(path, encoding="utf-8"):
    case = json.loads(line)
    if case["file"] not in files:
        files[case["file"]] = tables(case["file"])
    table, key, at = re.fullmatch(r'(\w+)\["(.*)"\]\[(\d+)\]', case["name"]).groups()
    wanted = files[case["file"]][table][key][int(at)]
    found = []
    for row in case["rows"]:
        theirs = [holes(text, row["row"]) for text in wanted]
        ours = row["ours"]
        same = "refused" not in ours and [ours["input"], ours["target"]] == theirs
        found.append(None if same else f"they print {theirs!r}, we print {ours!r}")
    results[f"{case['file']}:{case['line']} {case['name']}"] = found
draws.report("flan", results)
