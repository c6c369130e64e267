"""A made-up table in the layout of FLAN's."""

import copy

PATTERNS = {
    "weather": [
        ("{report}\n\nWhich sky was it?\n\n{options_}", "{answer}"),
        ("What did the observer write when it was {answer}? "
         "Mind the {braces }.", "{report}"),
        ("Read this:\n{report} \n{options_}", '{answer}'),
    ],
    "tides": [
        ("High water at {place} is", "{height} \u00b1 1\tm"),
    ],
}
PATTERNS["storms"] = PATTERNS["weather"]
PATTERNS_NO_OPTIONS = copy.deepcopy(PATTERNS)
for name, patterns in PATTERNS_NO_OPTIONS.items():
  PATTERNS_NO_OPTIONS[name] = [(a.replace("{options_}", ""), b) for a, b in patterns]

OTHER_PATTERNS = {"tides": [("High water at " + "noon", "{height}")]}

FEWSHOT_PATTERNS = {
    "weather": [
        FewShotPattern(
            inputs="{report}\n{options_}",
            targets="{answer}",
            inputs_prefix="Q: ",
            targets_prefix="A: ",
            x_y_delimiter="\n",
            example_separator="\n\n"),
        FewShotPattern(inputs="{report}", targets="{answer}", input_pattern="{inputs}!"),
    ],
}
