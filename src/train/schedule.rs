//! The learning rate of each update.

use serde::{Deserialize, Serialize};

/// How the rate goes on after the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    Constant,
    /// Straight down to 0 at the end.
    Linear,
    /// Half a cosine down to 0 at the end.
    Cosine,
}

impl Schedule {
    /// The part of the full rate that update `step` of `steps` has, counted from 0, after `warmup` updates that rise to it.
    pub fn part(self, step: u64, warmup: u64, steps: u64) -> f64 {
        if step < warmup {
            return (step + 1) as f64 / warmup as f64;
        }
        let left = steps.saturating_sub(warmup).max(1) as f64;
        let done = ((step - warmup) as f64 / left).min(1.0);
        match self {
            Self::Constant => 1.0,
            Self::Linear => 1.0 - done,
            Self::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * done).cos()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_rise_then_fall() {
        let rates = |schedule: Schedule| (0..6).map(move |step| schedule.part(step, 2, 6));
        assert!(rates(Schedule::Constant).eq([0.5, 1.0, 1.0, 1.0, 1.0, 1.0]));
        assert!(rates(Schedule::Linear).eq([0.5, 1.0, 1.0, 0.75, 0.5, 0.25]));
        let cosine: Vec<f64> = rates(Schedule::Cosine).collect();
        assert!((cosine[4] - 0.5).abs() < 1e-12 && cosine[2] == 1.0);
    }
}
