//! The harness: a working folder, the binary in it, and a sandbox that counts its messages.
//!
//! A test reads like a report: write files, run a command line, look at exit code, output and deliveries.

pub(crate) mod browser;
pub(crate) mod gateway;
pub(crate) mod oracle;
pub(crate) mod raw;
pub(crate) mod running;
#[cfg(target_os = "linux")]
pub(crate) mod terminal;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rowcast::sandbox::{Config, Sandbox};
use tempfile::TempDir;

/// The token that tests use. It must never appear anywhere except in requests to the sandbox.
pub(crate) const TOKEN: &str = "EAACanaryTokenThatMustNeverBeSeen0123456789";

/// A working folder.
pub(crate) struct Bench {
    folder: TempDir,
}

/// The result of a command line.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Bench {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A folder with a text-message recipe `r.yaml` over `list.csv`, sent by a connection to `base_url`.
    pub(crate) fn with_list(list: &str, base_url: &str) -> Self {
        let bench = Self::new();
        bench.connection(base_url);
        bench.file("list.csv", list);
        bench.file(
            "r.yaml",
            "version: 1\nconnection: acme\ntask: send-text-message\ndata: list.csv\n\
             input: { to: \"{{ phone }}\", body: \"Hello {{ name }}\", preview-url: false }\n",
        );
        bench
    }

    /// Writes `connections.yaml`: one connection `acme`, unlimited, to `base_url`.
    pub(crate) fn connection(&self, base_url: &str) {
        self.file(
            "connections.yaml",
            format!(
                "acme:\n  type: whatsapp\n  token: \"{{{{ env.WHATSAPP_TOKEN }}}}\"\n  phone-number-id: \"106540352242922\"\n  \
                 base-url: {base_url}\n  rate: unlimited\n"
            ),
        );
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into the folder.
    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = fs::File::create(&path).unwrap();
        std::io::Write::write_all(&mut file, text.as_ref()).unwrap();
        path
    }

    /// Reads a file of the folder.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// The binary in this folder, with a minimal environment.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rowcast"));
        command.args(args).current_dir(self.path()).env_clear().env("WHATSAPP_TOKEN", TOKEN);
        // A test calls an API only on purpose: some connections here name the real one.
        command.env("ROWCAST_OFFLINE", "1");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command line to its end.
    pub(crate) fn rowcast(&self, args: &[&str]) -> Outcome {
        Outcome::of(self.command(args).output().unwrap())
    }

    /// Runs a command line to its end, with this on its standard input.
    pub(crate) fn rowcast_fed(&self, args: &[&str], input: &[u8]) -> Outcome {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        Outcome::of(child.wait_with_output().unwrap())
    }

    /// Starts a command line and leaves it running.
    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        self.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// The folder of the only run.
    pub(crate) fn run_folder(&self) -> PathBuf {
        let runs: Vec<PathBuf> = fs::read_dir(self.path().join("runs"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.join("run.json").exists())
            .collect();
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs.into_iter().next().unwrap()
    }

    /// The results of the only run: column values by row, in order.
    pub(crate) fn results(&self) -> Vec<Record> {
        records(&fs::read_to_string(self.run_folder().join("results.csv")).unwrap())
    }
}

/// The records of a CSV text, by column.
pub(crate) fn records(csv: &str) -> Vec<Record> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let record = |cells: csv::StringRecord| Record {
        cells: names.iter().cloned().zip(cells.iter().map(str::to_owned)).collect(),
    };
    reader.records().map(|cells| record(cells.unwrap())).collect()
}

/// One row of a results file.
#[derive(Debug)]
pub(crate) struct Record {
    cells: Vec<(String, String)>,
}

impl Record {
    /// The value of a column.
    pub(crate) fn get(&self, column: &str) -> &str {
        self.cells.iter().find(|(name, _)| name == column).map(|(_, cell)| cell.as_str()).unwrap()
    }
}

impl Outcome {
    /// The result of an ended process.
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Asserts the exit code and returns the outcome; prints everything if the code differs.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

/// A sandbox that accepts the tests' token, with these faults.
pub(crate) fn sandbox(faults: &[&str]) -> Sandbox {
    sandbox_with(Config { faults: faults.iter().map(|fault| fault.parse().unwrap()).collect(), ..Config::default() })
}

/// A sandbox with a full configuration.
pub(crate) fn sandbox_with(config: Config) -> Sandbox {
    Sandbox::start(Config { token: Some(TOKEN.to_owned()), ..config }).unwrap()
}

/// A list of `rows` recipients, each with a number of its own.
pub(crate) fn list(rows: usize) -> String {
    let mut list = "phone,name\n".to_owned();
    for row in 1..=rows {
        list.extend([format!("+4915100{row:06},Ann {row}\n")]);
    }
    list
}
