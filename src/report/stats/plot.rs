//! Bars and histograms as HTML and SVG, without a script: text from data is escaped here and nowhere else.

use std::fmt::Write as _;

use super::histogram::Summary;
use crate::text::thousands;

/// Text as it may stand in HTML, in elements and in attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // What HTML does not allow in any form.
            c if c.is_control() && c != '\n' && c != '\t' => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out
}

/// A share in percent, as tables show it.
pub fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

/// A bar of a share against the largest one, with a tick where the target is.
pub fn bar(share: f64, target: Option<f64>, largest: f64) -> String {
    let width = |share: f64| {
        if largest > 0.0 {
            (share / largest * 100.0).clamp(0.0, 100.0)
        } else {
            0.0
        }
    };
    let tick = target.map_or(String::new(), |target| {
        format!(
            "<i style=\"left:{:.2}%\" title=\"target {}\"></i>",
            width(target),
            percent(target)
        )
    });
    format!(
        "<span class=\"bar\"><b style=\"width:{:.2}%\"></b>{tick}</span>",
        width(share)
    )
}

/// Parts of one whole, each with its name and its share below.
pub fn stack(parts: &[(String, u64)]) -> String {
    let total: u64 = parts.iter().map(|(_, count)| count).sum();
    let share = |count: u64| if total == 0 { 0.0 } else { count as f64 / total as f64 };
    let mut out = String::from("<span class=\"stack\">");
    for (at, (name, count)) in parts.iter().enumerate() {
        let _ = write!(
            out,
            "<b class=\"c{}\" style=\"width:{:.3}%\" title=\"{}: {}\"></b>",
            at % COLORS,
            share(*count) * 100.0,
            escape(name),
            thousands(*count)
        );
    }
    out.push_str("</span><span class=\"legend\">");
    for (at, (name, count)) in parts.iter().enumerate() {
        let _ = write!(
            out,
            "<span><b class=\"c{}\"></b>{} <small>{}</small></span>",
            at % COLORS,
            escape(name),
            percent(share(*count))
        );
    }
    out + "</span>"
}

/// Colours of the parts of a stack, which then begin again.
const COLORS: usize = 6;

/// A histogram of lengths: a bar for each bin, the last one for all that is longer than the 99th percentile.
pub fn histogram(title: &str, unit: &str, lengths: &Summary) -> String {
    const WIDTH: f64 = 400.0;
    const HEIGHT: f64 = 110.0;
    let bins = &lengths.bins;
    let Some((first, last)) = bins.first().zip(bins.last()) else {
        return String::new();
    };
    let most = bins.iter().map(|bin| bin.examples).max().unwrap_or(1).max(1);
    let step = WIDTH / bins.len() as f64;
    let mut bars = String::new();
    for (at, bin) in bins.iter().enumerate() {
        let height = bin.examples as f64 / most as f64 * HEIGHT;
        let range = if bin.from == bin.to {
            bin.from.to_string()
        } else {
            format!("{} to {}", bin.from, bin.to)
        };
        let longer = bin.from > lengths.p99;
        let _ = write!(
            bars,
            "<rect x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{:.2}\"{}><title>{range} {unit}: {}</title></rect>",
            at as f64 * step,
            HEIGHT - height,
            (step - 1.0).max(step * 0.6),
            height,
            if longer { " class=\"rest\"" } else { "" },
            thousands(bin.examples)
        );
    }
    let tail = if last.from > lengths.p99 {
        format!("over {}", last.from - 1)
    } else {
        last.to.to_string()
    };
    format!(
        "<figure><figcaption>{} <small>{unit}: median {}, 90 % up to {}, 99 % up to {}, at most {}</small></figcaption>\
         <svg viewBox=\"0 0 {WIDTH} {:.0}\" role=\"img\" aria-label=\"{} in {unit}\">{bars}\
         <line x1=\"0\" y1=\"{HEIGHT}\" x2=\"{WIDTH}\" y2=\"{HEIGHT}\"/>\
         <text x=\"0\" y=\"{:.0}\">{}</text><text x=\"{WIDTH}\" y=\"{:.0}\" text-anchor=\"end\">{tail}</text></svg></figure>",
        escape(title),
        thousands(u64::from(lengths.median)),
        thousands(u64::from(lengths.p90)),
        thousands(u64::from(lengths.p99)),
        thousands(u64::from(lengths.max)),
        HEIGHT + 16.0,
        escape(title),
        HEIGHT + 13.0,
        first.from,
        HEIGHT + 13.0,
    )
}
