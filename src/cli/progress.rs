//! Lines on stderr that show how far a command is, while that is a terminal; and the depot that reports to them.

use std::sync::Arc;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::Common;
use crate::project::{Lock, Project};
use crate::source::{Depot, Report, Transfer};

/// The lines of one command: its steps, and what is being fetched.
pub struct Bars {
    all: MultiProgress,
}

impl Bars {
    pub fn new(common: &Common) -> Bars {
        let hidden = common.quiet || common.json() || std::env::var_os("CI").is_some();
        Bars {
            all: MultiProgress::with_draw_target(if hidden {
                ProgressDrawTarget::hidden()
            } else {
                ProgressDrawTarget::stderr()
            }),
        }
    }

    /// A line for the steps of a command.
    pub fn steps(&self) -> ProgressBar {
        let bar = self.all.add(ProgressBar::new(0));
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} {wide_msg}") {
            bar.set_style(style);
        }
        bar
    }

    /// A line for the updates of a run, with the time that is left.
    pub fn updates(&self) -> ProgressBar {
        let bar = self.all.add(ProgressBar::new(0));
        if let Ok(style) =
            ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} {prefix}, {eta} left {wide_msg}")
        {
            bar.set_style(style);
        }
        bar
    }

    /// A line for what arrives, once something does.
    fn transfers(&self) -> Report {
        let (all, line) = (self.all.clone(), std::sync::OnceLock::new());
        Arc::new(move |transfer: Transfer<'_>| {
            let bar = line.get_or_init(|| {
                let bar = all.add(ProgressBar::new(0));
                let shown = "{bar:30} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {wide_msg}";
                if let Ok(style) = ProgressStyle::with_template(shown) {
                    bar.set_style(style);
                }
                bar
            });
            match transfer {
                Transfer::Began { name, here, of } => {
                    bar.inc_length(of.unwrap_or(here));
                    bar.inc(here);
                    bar.set_message(format!("fetching {name}"));
                }
                Transfer::Received { bytes } => bar.inc(bytes),
                Transfer::Ended { name } => bar.set_message(format!("fetched {name}")),
            }
        })
    }

    /// Takes the lines off the terminal.
    pub fn clear(&self) {
        // A terminal that cannot be cleared is no reason to fail.
        let _ = self.all.clear();
    }
}

/// The depot of a project, for a command whose only line is that of what arrives.
pub fn depot(common: &Common, project: &Project, offline: bool) -> anyhow::Result<Depot> {
    depot_with(project, offline, &Bars::new(common))
}

/// The depot of a project, which reports to these lines.
pub fn depot_with(project: &Project, offline: bool, bars: &Bars) -> anyhow::Result<Depot> {
    let lock = Lock::read(&project.root)?;
    Ok(Depot::open(&project.root, lock, offline, Some(bars.transfers())))
}
