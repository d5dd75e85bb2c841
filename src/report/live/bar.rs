//! The progress bar on a terminal, drawn by its own thread. A stopped terminal (Ctrl-S, a slow connection) delays the
//! drawing and not the run.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use console::measure_text_width;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

use crate::diag::visible;
use crate::exec::Throughput;
use crate::model::{Counts, Event};

use super::line::line;
use super::progress::{Progress, ProgressSnapshot};
use super::reporter::Reporter;
use super::terminal::Terminal;
use crate::report::text::{rate_line, stage_line, stopping_line};

/// Shows progress on standard error.
#[derive(Debug)]
pub struct BarReporter {
    shared: Arc<BarState>,
}

#[derive(Debug, Default)]
struct BarState {
    view: Mutex<View>,
    changed: Condvar,
}

/// What the drawing thread shows. The lock is never held during a write.
#[derive(Debug, Default)]
struct View {
    progress: Progress,
    /// Lines to print above the bar.
    lines: Vec<String>,
    wanted: BarVisibility,
    /// The terminal shows what is wanted.
    done: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum BarVisibility {
    /// No bar: the run has not started, or the user is being asked a question.
    #[default]
    Nothing,
    Bar,
    /// No bar until the program ends.
    End,
}

/// Eight redraws a second: smooth, and slow enough to read.
const REDRAW: Duration = Duration::from_millis(125);
/// How long to wait for a terminal that does not accept the last lines.
const PATIENCE: Duration = Duration::from_secs(1);

impl BarReporter {
    /// Starts the drawing thread; the bar appears at the first tick.
    ///
    /// # Errors
    /// The system has no more threads.
    pub fn start(color: bool) -> io::Result<Self> {
        let shared = Arc::<BarState>::default();
        let drawn = Arc::clone(&shared);
        std::thread::Builder::new().name("bar".to_owned()).spawn(move || draw(&drawn, color))?;
        Ok(Self { shared })
    }

    fn view(&self) -> MutexGuard<'_, View> {
        self.shared.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self, line: String) {
        self.view().lines.push(line);
        self.shared.changed.notify_all();
    }

    /// Waits until the bar is gone and every line is printed, at most [`PATIENCE`].
    fn clear(&self, wanted: BarVisibility) {
        let mut view = self.view();
        view.wanted = wanted;
        view.done = false;
        self.shared.changed.notify_all();
        drop(self.shared.changed.wait_timeout_while(view, PATIENCE, |view| !view.done));
    }
}

impl Reporter for BarReporter {
    fn event(&mut self, event: &Event, counts: &Counts) {
        self.view().progress.event(event, counts, Instant::now());
        match event {
            Event::Started(start) => self.line(format!("run {}", start.run)),
            Event::Stage(end) if end.asks => self.clear(BarVisibility::Nothing),
            Event::Stage(end) => self.line(stage_line(end)),
            Event::Resting(rest) => {
                self.view().wanted = BarVisibility::Bar;
                self.line(visible(&rest.reason));
            }
            Event::RateFound(rate) => self.line(rate_line(rate)),
            Event::Stopping { connection, reason } => self.line(stopping_line(connection.as_deref(), reason)),
            Event::Sending { .. } | Event::Waiting { .. } | Event::Finished { .. } | Event::Excluded { .. } => {}
        }
    }

    fn tick(&mut self, counts: &Counts, throughput: &Throughput) {
        let mut view = self.view();
        view.progress.tick(counts, throughput, Instant::now());
        if view.wanted == BarVisibility::Nothing {
            view.wanted = BarVisibility::Bar;
        }
    }

    fn finish(&mut self, _counts: &Counts) {
        self.clear(BarVisibility::End);
    }
}

impl Drop for BarReporter {
    fn drop(&mut self) {
        if self.view().wanted != BarVisibility::End {
            self.clear(BarVisibility::End);
        }
    }
}

/// Draws until `BarVisibility::End`.
fn draw(shared: &BarState, color: bool) {
    let mut screen = TerminalScreen::new();
    loop {
        let view = shared.view.lock().unwrap_or_else(PoisonError::into_inner);
        let quiet = |view: &mut View| view.lines.is_empty() && (view.done || view.wanted == BarVisibility::Bar);
        let woken = shared.changed.wait_timeout_while(view, REDRAW, quiet);
        let (mut view, _) = woken.unwrap_or_else(PoisonError::into_inner);
        let (lines, wanted) = (std::mem::take(&mut view.lines), view.wanted);
        let snapshot = view.progress.snapshot(Instant::now());
        drop(view);
        for line in &lines {
            screen.print(line);
        }
        match wanted {
            BarVisibility::Bar => screen.show(&snapshot, color),
            BarVisibility::Nothing | BarVisibility::End => screen.clear(),
        }
        let mut view = shared.view.lock().unwrap_or_else(PoisonError::into_inner);
        if view.lines.is_empty() && view.wanted == wanted {
            view.done = true;
            shared.changed.notify_all();
            if wanted == BarVisibility::End {
                return;
            }
        }
    }
}

/// The terminal, and what it shows.
struct TerminalScreen {
    terminal: Terminal,
    bar: Option<ProgressBar>,
    shown: String,
    /// The terminal's columns when `shown` was drawn.
    columns: usize,
}

impl TerminalScreen {
    fn new() -> Self {
        Self { terminal: Terminal::stderr(), bar: None, shown: String::new(), columns: 0 }
    }

    fn print(&mut self, line: &str) {
        self.heal();
        // Errors are ignored: a lost terminal must not stop a run.
        let print = || drop(self.terminal.write_line(line).and_then(|()| self.terminal.flush()));
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    fn show(&mut self, snapshot: &ProgressSnapshot, color: bool) {
        self.heal();
        self.columns = self.terminal.columns();
        let line = line(snapshot, self.columns, color);
        if self.bar.is_some() && line == self.shown {
            return;
        }
        let terminal = &self.terminal;
        let bar = self.bar.get_or_insert_with(|| {
            let target = ProgressDrawTarget::term_like_with_hz(Box::new(terminal.clone()), 50);
            let bar = ProgressBar::with_draw_target(None, target);
            bar.set_style(ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        bar.set_message(line.clone());
        bar.tick();
        self.shown = line;
    }

    fn clear(&mut self) {
        self.heal();
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        self.shown.clear();
    }

    /// A terminal that became narrower has wrapped the line. Moves to its first part and clears the rest.
    fn heal(&mut self) {
        let now = self.terminal.columns();
        if self.bar.is_none() || now == self.columns {
            return;
        }
        let more = measure_text_width(&self.shown).saturating_sub(1) / now;
        if more > 0 {
            drop(self.terminal.wipe(more));
        }
        self.columns = now;
        self.shown.clear();
    }
}
