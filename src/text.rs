//! Small helpers for sentences a person reads: plurals, thousands, lists and "did you mean".

/// The one name of `candidates` that a reader most likely meant by `typed`, if any is close.
///
/// A name that differs only in case wins; else the smallest edit distance of at most a third of the
/// length of the longer name. Ties go to the alphabetically first, so the answer is stable.
pub fn suggest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let distance = if candidate.eq_ignore_ascii_case(typed) {
            0
        } else {
            strsim::osa_distance(typed, candidate)
        };
        let longest = typed.chars().count().max(candidate.chars().count());
        let close = distance <= longest / 3 && candidate != typed;
        if close && best.is_none_or(|(least, name)| (distance, candidate) < (least, name)) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, name)| name)
}

/// `1 row`, `2 rows`, `1,000 rows`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{} {noun}s", thousands(number as u64))
    }
}

/// A number with commas between thousands.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Names in backticks, joined as a person lists them: `a`, `b` and `c`.
pub fn list<S: AsRef<str>>(names: &[S]) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("`{}`", n.as_ref())).collect();
    match quoted.as_slice() {
        [] => "nothing".to_string(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// The first `limit` characters of a value, on one line, for a message.
pub fn excerpt(value: &str, limit: usize) -> String {
    let one_line = value.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t");
    match one_line.char_indices().nth(limit) {
        Some((at, _)) => format!("{}...", &one_line[..at]),
        None => one_line,
    }
}

/// A number of bytes as people write it: `512MiB`, `2 GiB`, `1.5g`, `800kb`, `4096`. Units are powers of 1024.
pub fn bytes(written: &str) -> Result<u64, String> {
    let text = written.trim().to_ascii_lowercase();
    let digits = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let power = match unit.trim().trim_end_matches("ib").trim_end_matches('b') {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        _ => return Err(format!("`{written}` is no size: write 512MiB or 4GiB")),
    };
    let number: f64 = number
        .parse()
        .map_err(|_| format!("`{written}` is no size: write 512MiB or 4GiB"))?;
    Ok((number * (1u64 << power) as f64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_only_what_is_close() {
        assert_eq!(suggest("licence", ["license", "title"]), Some("license"));
        assert_eq!(suggest("Label", ["label", "table"]), Some("label"));
        assert_eq!(suggest("colour", ["premise", "title"]), None);
    }

    #[test]
    fn counts_and_lists_read_well() {
        assert_eq!(count(1, "row"), "1 row");
        assert_eq!(count(1_234_567, "row"), "1,234,567 rows");
        assert_eq!(list(&["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(excerpt("a\nbcd", 3), "a\\n...");
    }
}
