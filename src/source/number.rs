//! Numbers as exact decimals: what was written, in one form.

/// The canonical form of a decimal: no exponent, no superfluous zeros, no `-0`; `None` where it is no number.
///
/// Exponents beyond ±400 are refused: no source means them, and they would make texts without bound.
pub fn canonical(text: &str) -> Option<String> {
    let text = text.trim();
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            exponent.parse::<i32>().ok().filter(|e| (-400..=400).contains(e))?,
        ),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: String = [whole, fraction].concat();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // The place of the point, counted from the left of `digits`.
    let point = whole.len() as i64 + i64::from(exponent);
    let at = |i: i64| {
        usize::try_from(i)
            .ok()
            .and_then(|i| digits.as_bytes().get(i))
            .map_or('0', |b| *b as char)
    };
    let integer: String = (0..point).map(at).collect();
    let decimals: String = (point.min(0)..digits.len() as i64)
        .filter(|i| *i >= point)
        .map(at)
        .collect();
    let integer = integer.trim_start_matches('0');
    let decimals = decimals.trim_end_matches('0');
    let mut out = String::new();
    if negative && !(integer.is_empty() && decimals.is_empty()) {
        out.push('-');
    }
    out.push_str(if integer.is_empty() { "0" } else { integer });
    if !decimals.is_empty() {
        out.push('.');
        out.push_str(decimals);
    }
    Some(out)
}

/// A decimal to the nearest whole number, halves away from zero; text that is no number stays as it is.
pub fn rounded(text: &str) -> String {
    let Some(number) = canonical(text) else {
        return text.to_string();
    };
    let (sign, unsigned) = match number.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", number.as_str()),
    };
    let Some((whole, fraction)) = unsigned.split_once('.') else {
        return number;
    };
    if !fraction.starts_with(['5', '6', '7', '8', '9']) {
        return canonical(&format!("{sign}{whole}")).unwrap_or_default();
    }
    let mut digits: Vec<u8> = whole.bytes().collect();
    let mut at = digits.len();
    loop {
        if at == 0 {
            digits.insert(0, b'1');
            break;
        }
        at -= 1;
        if digits[at] == b'9' {
            digits[at] = b'0';
        } else {
            digits[at] += 1;
            break;
        }
    }
    format!("{sign}{}", String::from_utf8_lossy(&digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_for_each_number() {
        for (text, form) in [
            ("1", "1"),
            ("+01.50", "1.5"),
            ("-0.0", "0"),
            ("1e3", "1000"),
            ("1.25E-2", "0.0125"),
            (".5", "0.5"),
            ("5.", "5"),
            ("-12.5e1", "-125"),
            ("123456789012345678901234567890.10", "123456789012345678901234567890.1"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(form), "{text}");
        }
        for text in [
            "",
            ".",
            "-",
            "1e999999",
            "1e-401",
            // The one number of 32 bits whose distance from 0 has none.
            "1e-2147483648",
            "NaN",
            "1 2",
            "0x1",
            "1,000",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    #[test]
    fn halves_round_away_from_zero() {
        for (text, form) in [
            ("2.5", "3"),
            ("-2.5", "-3"),
            ("2.499", "2"),
            ("9.9", "10"),
            ("-0.4", "0"),
            ("4", "4"),
            ("x", "x"),
        ] {
            assert_eq!(rounded(text), form);
        }
    }
}
