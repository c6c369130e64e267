//! The filters and tests that there are, by name: the engine says of a name whether it knows it, and not which it knows.

/// Those that people mean: a second name of the same thing, and signs, are left out.
const FILTERS: &[&str] = &[
    "abs",
    "attr",
    "batch",
    "bool",
    "capitalize",
    "chain",
    "choice",
    "count",
    "default",
    "dictsort",
    "first",
    "float",
    "format",
    "groupby",
    "indent",
    "index",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "most_frequent",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "trim",
    "unique",
    "upper",
    "zip",
];

const TESTS: &[&str] = &[
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "even",
    "float",
    "in",
    "integer",
    "iterable",
    "lower",
    "mapping",
    "none",
    "number",
    "odd",
    "sameas",
    "sequence",
    "startingwith",
    "string",
    "undefined",
    "upper",
];

/// The way out for somebody who wrote a filter or a test that there is not: the one that was meant, or those that are used
/// most.
pub(super) fn instead_of(name: &str, kind: &str) -> String {
    let (all, most) = match kind {
        "test" => (TESTS, "`defined`, `none`, `in`, `startingwith` and `endingwith`"),
        _ => (
            FILTERS,
            "`lower`, `upper`, `capitalize`, `title`, `trim`, `replace`, `split`, `join`, `first`, `last`, `length`, \
             `sort`, `unique`, `default` and `round`",
        ),
    };
    let begins = |known: &&&str| {
        let (short, long) = (known.len().min(name.len()), known.len().max(name.len()));
        short > 2 && long > short && known.bytes().zip(name.bytes()).all(|(a, b)| a == b)
    };
    let near = crate::text::suggest(name, all.iter().copied());
    match near.or_else(|| all.iter().find(begins).copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("among the {kind}s are {most}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_suggested_exists() {
        let env = super::super::engine::environment();
        for (kind, names) in [("filter", FILTERS), ("test", TESTS)] {
            for name in names {
                let question = format!("\"{name}\" is {kind}");
                let asked = env.compile_expression(&question).unwrap();
                assert!(asked.eval(()).unwrap().is_true(), "{kind} {name}");
            }
        }
    }

    #[test]
    fn a_name_that_is_none_has_a_way_out() {
        assert_eq!(instead_of("lowr", "filter"), "did you mean `lower`?");
        assert_eq!(instead_of("uppercase", "filter"), "did you mean `upper`?");
        assert_eq!(instead_of("len", "filter"), "did you mean `length`?");
        assert!(instead_of("hyphenate", "filter").starts_with("among the filters are `lower`"));
        assert_eq!(instead_of("define", "test"), "did you mean `defined`?");
    }
}
