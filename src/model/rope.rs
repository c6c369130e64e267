//! Rotary frequencies: plain, and scaled as longer contexts ask for it.

use std::f64::consts::PI;

use anyhow::{Context as _, bail};
use serde_json::{Map, Value};

use super::ops::rotary::Table;

/// How angles grow with positions.
#[derive(Clone, Debug, PartialEq)]
pub struct Rope {
    pub theta: f64,
    pub scaling: Scaling,
}

/// What the frequencies of a longer context are made of, by the names of `rope_scaling`.
#[derive(Clone, Debug, PartialEq)]
pub enum Scaling {
    None,
    Linear {
        factor: f64,
    },
    Llama3 {
        factor: f64,
        low: f64,
        high: f64,
        original: f64,
    },
    Yarn {
        factor: f64,
        fast: f64,
        slow: f64,
        original: f64,
        attention: f64,
        truncate: bool,
    },
}

impl Rope {
    /// Reads `rope_theta` and `rope_scaling`, or `rope_parameters` as newer files have both.
    pub fn parse(config: &Map<String, Value>, positions: usize) -> anyhow::Result<Self> {
        let empty = Map::new();
        let object = ["rope_parameters", "rope_scaling"]
            .iter()
            .find_map(|name| config.get(*name).and_then(Value::as_object))
            .unwrap_or(&empty);
        let given = |name: &str| object.get(name).filter(|value| !value.is_null());
        let optional = |name: &str| match given(name) {
            None => Ok(None),
            Some(value) => match value.as_f64() {
                Some(number) => Ok(Some(number)),
                None => bail!("`{name}` of the rope scaling is {value}, not a number"),
            },
        };
        let number = |name: &str| optional(name)?.with_context(|| format!("the rope scaling lacks `{name}`"));
        let theta = match optional("rope_theta")? {
            Some(theta) => theta,
            None => match config.get("rope_theta") {
                None | Some(Value::Null) => 10_000.0,
                Some(value) => value
                    .as_f64()
                    .with_context(|| format!("`rope_theta` is {value}, not a number"))?,
            },
        };
        let kind = given("rope_type")
            .or(given("type"))
            .and_then(Value::as_str)
            .unwrap_or("default");
        let original =
            || Ok::<_, anyhow::Error>(optional("original_max_position_embeddings")?.unwrap_or(positions as f64));
        let scaling = match kind {
            "default" => Scaling::None,
            "linear" => Scaling::Linear {
                factor: number("factor")?,
            },
            "llama3" => Scaling::Llama3 {
                factor: number("factor")?,
                low: number("low_freq_factor")?,
                high: number("high_freq_factor")?,
                original: number("original_max_position_embeddings")?,
            },
            "yarn" => {
                if given("mscale").is_some() || given("mscale_all_dim").is_some() {
                    bail!("a rope scaling `yarn` with `mscale` is not known");
                }
                let factor = number("factor")?;
                Scaling::Yarn {
                    factor,
                    fast: optional("beta_fast")?.unwrap_or(32.0),
                    slow: optional("beta_slow")?.unwrap_or(1.0),
                    original: original()?,
                    attention: optional("attention_factor")?.unwrap_or(if factor <= 1.0 {
                        1.0
                    } else {
                        0.1 * factor.ln() + 1.0
                    }),
                    truncate: given("truncate").and_then(Value::as_bool).unwrap_or(true),
                }
            }
            other => bail!("a rope scaling `{other}`; known are `default`, `linear`, `llama3` and `yarn`"),
        };
        if theta.is_nan() || theta <= 1.0 {
            bail!("`rope_theta` is {theta}; it must be above 1");
        }
        Ok(Self { theta, scaling })
    }

    /// The frequency of each pair of elements of a head.
    pub fn frequencies(&self, dim: usize) -> Vec<f32> {
        let plain = |i: usize| self.theta.powf(-(2.0 * i as f64) / dim as f64);
        let all = 0..dim / 2;
        let scaled = |i: usize| -> f64 {
            let plain = plain(i);
            match self.scaling {
                Scaling::None => plain,
                Scaling::Linear { factor } => plain / factor,
                Scaling::Llama3 {
                    factor,
                    low,
                    high,
                    original,
                } => {
                    let wave = 2.0 * PI / plain;
                    if wave < original / high {
                        plain
                    } else if wave > original / low {
                        plain / factor
                    } else {
                        let smooth = (original / wave - low) / (high - low);
                        (1.0 - smooth) * plain / factor + smooth * plain
                    }
                }
                Scaling::Yarn {
                    factor,
                    fast,
                    slow,
                    original,
                    truncate,
                    ..
                } => {
                    // The pair that turns so often within the original context.
                    let pair = |turns: f64| dim as f64 * (original / (turns * 2.0 * PI)).ln() / (2.0 * self.theta.ln());
                    let (low, high) = (pair(fast), pair(slow));
                    let (low, high) = if truncate {
                        (low.floor(), high.ceil())
                    } else {
                        (low, high)
                    };
                    let (low, high) = (low.max(0.0), high.min(dim as f64 - 1.0));
                    let high = if high == low { high + 0.001 } else { high };
                    let ramp = ((i as f64 - low) / (high - low)).clamp(0.0, 1.0);
                    plain / factor * ramp + plain * (1.0 - ramp)
                }
            }
        };
        all.map(|i| scaled(i) as f32).collect()
    }

    /// Cosines and sines for positions below `positions`, for heads of `dim`.
    pub fn table(&self, dim: usize, positions: usize) -> Table {
        let frequencies = self.frequencies(dim);
        let weight = match self.scaling {
            Scaling::Yarn { attention, .. } => attention,
            _ => 1.0,
        };
        // In f32 as the peers compute angles: a position times a frequency.
        let angles = || (0..positions).flat_map(|p| frequencies.iter().map(move |f| p as f32 * f));
        Table {
            half: dim / 2,
            cos: angles().map(|angle| (f64::from(angle).cos() * weight) as f32).collect(),
            sin: angles().map(|angle| (f64::from(angle).sin() * weight) as f32).collect(),
        }
    }
}
