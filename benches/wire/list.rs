//! The input of the benchmarks: a list of customers, and the recipe that turns it into messages.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A message as long as those of the list, for the tools that always send the same message.
pub(crate) const MESSAGE: &str = r#"{"messaging_product":"whatsapp","recipient_type":"individual","to":"+4915100000001","type":"template","template":{"name":"order_update","language":{"code":"en_US"},"components":[{"type":"body","parameters":[{"type":"text","text":"Ann 1"},{"type":"text","text":"000000001"}]}]}}"#;

/// A folder with a list, a recipe, a connection and their runs.
pub(crate) struct Project {
    folder: PathBuf,
}

impl Project {
    /// Writes a list with a number of rows into the empty folder.
    pub(crate) fn create(folder: &Path, rows: u64, url: &str, rate: &str) -> io::Result<Self> {
        Self::write(folder, rows, |_| "Köln".to_owned(), "bench", &connection("bench", 0, url, rate))
    }

    /// Writes a list into the empty folder. Each row names one of a number of connections; the rows are sorted by
    /// connection or alternate between them.
    pub(crate) fn spread(
        folder: &Path,
        rows: u64,
        numbers: u64,
        sorted: bool,
        (url, rate): (&str, &str),
    ) -> io::Result<Self> {
        let name = |row| format!("n{}", if sorted { (row - 1) * numbers / rows } else { row % numbers });
        let connections: String = (0..numbers).map(|at| connection(&format!("n{at}"), at, url, rate)).collect();
        Self::write(folder, rows, name, "\"{{ city }}\"", &connections)
    }

    #[expect(clippy::disallowed_methods, reason = "this is no run folder, and nobody's data")]
    fn write(folder: &Path, rows: u64, city: impl Fn(u64) -> String, by: &str, connections: &str) -> io::Result<Self> {
        let project = Self { folder: folder.to_owned() };
        let mut list = BufWriter::new(File::create(project.list())?);
        writeln!(list, "phone,first_name,order_id,city")?;
        for row in 1..=rows {
            writeln!(list, "+49151{row:08},Ann {row},{row:09},{}", city(row))?;
        }
        list.into_inner()?;
        fs::write(folder.join("connections.yaml"), connections)?;
        let recipe = format!(
            "version: 1\nconnection: {by}\ntask: send-text-based-template-message\ndata: list.csv\ninput:\n  to: \"{{{{ phone }}}}\"\n  name: order_update\n  language-code: en_US\n  body-parameters: [\"{{{{ first_name }}}}\", \"{{{{ order_id }}}}\"]\n"
        );
        fs::write(project.recipe(), recipe)?;
        Ok(project)
    }

    /// The path of the list.
    pub(crate) fn list(&self) -> PathBuf {
        self.folder.join("list.csv")
    }

    fn recipe(&self) -> PathBuf {
        self.folder.join("bench.yaml")
    }

    /// The folder of the runs.
    pub(crate) fn runs(&self) -> PathBuf {
        self.folder.join("runs")
    }

    /// The folder of the one run.
    pub(crate) fn run(&self) -> io::Result<PathBuf> {
        let folders = fs::read_dir(self.runs())?.filter_map(Result::ok).map(|entry| entry.path());
        folders.filter(|path| path.join("run.json").exists()).max().ok_or_else(|| io::Error::other("there is no run"))
    }

    /// Removes the runs.
    pub(crate) fn forget(&self) -> io::Result<()> {
        if self.runs().exists() { fs::remove_dir_all(self.runs()) } else { Ok(()) }
    }

    /// `rowcast check` of the recipe.
    pub(crate) fn check(&self) -> Command {
        let mut command = self.rowcast("check");
        command.arg(self.recipe());
        command
    }

    /// `rowcast run` of the recipe, without a question.
    pub(crate) fn send(&self) -> Command {
        let mut command = self.rowcast("run");
        command.arg(self.recipe()).args(["--yes", "--runs-dir"]).arg(self.runs());
        command
    }

    /// A command on the one run.
    pub(crate) fn of_run(&self, command: &str) -> Command {
        let mut command = self.rowcast(command);
        command.arg("--runs-dir").arg(self.runs());
        command
    }

    fn rowcast(&self, subcommand: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rowcast"));
        command.arg(subcommand).current_dir(&self.folder).env("BENCH_TOKEN", "bench").env("TMPDIR", &self.folder);
        quiet(&mut command);
        command
    }
}

/// A connection with the number at this position.
fn connection(name: &str, at: u64, url: &str, rate: &str) -> String {
    let number = 106_540_352_242_922 + at;
    format!(
        "{name}:\n  type: whatsapp\n  token: \"{{{{ env.BENCH_TOKEN }}}}\"\n  phone-number-id: \"{number}\"\n  base-url: {url}\n  rate: {rate}\n"
    )
}

/// Without input and output.
pub(crate) fn quiet(command: &mut Command) {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
}
