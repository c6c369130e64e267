//! As much of JSON Schema as `flanc schema` uses: enough to hold an output to its schema.

use serde_json::Value;

use crate::support::Project;

/// Fails where a value is not as the schema of that name says.
#[track_caller]
pub fn fits(project: &Project, name: &str, value: &Value) {
    let schema = project.run(&["schema", name]).ok().json();
    let mut wrong = Vec::new();
    check(&schema, &schema, value, "$", &mut wrong);
    assert!(
        wrong.is_empty(),
        "not as `flanc schema {name}` says: {}\n{value:#}",
        wrong.join("; ")
    );
}

const KNOWN: &[&str] = &[
    "$defs",
    "$ref",
    "$schema",
    "additionalProperties",
    "anyOf",
    "default",
    "description",
    "enum",
    "format",
    "items",
    "minimum",
    "properties",
    "required",
    "title",
    "type",
    "uniqueItems",
];

fn check(root: &Value, schema: &Value, value: &Value, place: &str, wrong: &mut Vec<String>) {
    let Some(rules) = schema.as_object() else { return };
    for (rule, said) in rules {
        match rule.as_str() {
            "$ref" => {
                let pointer = said
                    .as_str()
                    .and_then(|s| s.strip_prefix('#'))
                    .expect("a reference within the schema");
                check(
                    root,
                    root.pointer(pointer).expect("what it refers to"),
                    value,
                    place,
                    wrong,
                );
            }
            "anyOf" => {
                let fits = said.as_array().expect("schemas").iter().any(|one| {
                    let mut inner = Vec::new();
                    check(root, one, value, place, &mut inner);
                    inner.is_empty()
                });
                if !fits {
                    wrong.push(format!("{place} is none of what it may be"));
                }
            }
            "type" => {
                let kinds: Vec<&str> = said.as_array().map_or_else(
                    || vec![said.as_str().unwrap_or_default()],
                    |list| list.iter().filter_map(Value::as_str).collect(),
                );
                if !kinds.iter().any(|kind| is(kind, value)) {
                    wrong.push(format!("{place} is no {}", kinds.join(" or ")));
                }
            }
            "enum" if !said.as_array().expect("values").contains(value) => {
                wrong.push(format!("{place} is none of {said}"))
            }
            "minimum" if value.is_number() && value.as_f64() < said.as_f64() => {
                wrong.push(format!("{place} is below {said}"))
            }
            "required" if value.is_object() => {
                let missing = said
                    .as_array()
                    .expect("names")
                    .iter()
                    .filter_map(Value::as_str)
                    .filter(|name| value.get(name).is_none());
                wrong.extend(missing.map(|name| format!("{place} has no {name}")));
            }
            "properties" => {
                for (name, inner) in said.as_object().expect("properties") {
                    if let Some(value) = value.get(name) {
                        check(root, inner, value, &format!("{place}.{name}"), wrong);
                    }
                }
            }
            "additionalProperties" => {
                let named = |name: &String| rules.get("properties").is_some_and(|p| p.get(name).is_some());
                for (name, value) in value.as_object().into_iter().flatten().filter(|(name, _)| !named(name)) {
                    match said {
                        Value::Bool(false) => wrong.push(format!("{place}.{name} is not foreseen")),
                        inner => check(root, inner, value, &format!("{place}.{name}"), wrong),
                    }
                }
            }
            "items" => {
                for (at, value) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, said, value, &format!("{place}[{at}]"), wrong);
                }
            }
            other => assert!(KNOWN.contains(&other), "this check does not know `{other}`"),
        }
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        other => panic!("`{other}` is no type of JSON Schema"),
    }
}
