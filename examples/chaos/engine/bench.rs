//! A working folder and the program in it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::draw::Drawn;

/// Must never appear anywhere except in requests to the sandbox.
pub(super) const TOKEN: &str = "EAACanaryOfTheChaosThatMustNeverBeSeen0123456789";

/// A working folder with recipe, connection and list.
pub(super) struct Bench {
    folder: TempDir,
    rowcast: PathBuf,
    starts: usize,
}

/// A child process. It is killed when this value is dropped.
pub(super) struct Running {
    child: Child,
}

impl Bench {
    pub(super) fn new(rowcast: &Path, drawn: &Drawn, base_url: &str) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("rowcast-chaos-").tempdir()?;
        let connection = format!(
            "acme:\n  type: whatsapp\n  token: \"{{{{ env.WHATSAPP_TOKEN }}}}\"\n  phone-number-id: \"106540352242922\"\n  \
             base-url: {base_url}\n  rate: unlimited\n"
        );
        let (task, fields) = if drawn.template {
            (
                "send-text-based-template-message",
                "name: any_name, language-code: en_US, body-parameters: [\"{{ name }}\"]",
            )
        } else {
            ("send-text-message", "body: \"Hello {{ name }}\", preview-url: false")
        };
        let recipe = format!(
            "version: 1\nconnection: acme\ntask: {task}\ndata: list.csv\nwhen: \"{{{{ go == 'yes' }}}}\"\n\
             input: {{ to: \"{{{{ phone }}}}\", {fields} }}\n"
        );
        put(&folder.path().join("connections.yaml"), connection)?;
        put(&folder.path().join("r.yaml"), recipe)?;
        put(&folder.path().join("list.csv"), drawn.list())?;
        fs::create_dir(folder.path().join("logs"))?;
        Ok(Self { folder, rowcast: rowcast.to_owned(), starts: 0 })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Keeps the folder for inspection.
    pub(super) fn keep(self) -> PathBuf {
        self.folder.keep()
    }

    /// The folder of the run, once there is one.
    pub(super) fn run_folder(&self) -> Option<PathBuf> {
        let runs = fs::read_dir(self.path().join("runs")).ok()?;
        runs.filter_map(|entry| Some(entry.ok()?.path())).find(|path| path.join("run.json").exists())
    }

    /// Starts the program; `before` are words before it, such as those of a tracer.
    pub(super) fn start(&mut self, before: &[String], args: &[String]) -> io::Result<Running> {
        self.starts += 1;
        let log = |stream: &str| File::create(self.path().join(format!("logs/{:03}.{stream}", self.starts)));
        let program = self.rowcast.to_string_lossy().into_owned();
        let words: Vec<&String> = before.iter().chain([&program]).chain(args).collect();
        put(&self.path().join(format!("logs/{:03}.args", self.starts)), format!("{words:?}\n"))?;
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).current_dir(self.path()).env_clear().env("WHATSAPP_TOKEN", TOKEN);
        // Where a machine remembers of a run what its folder cannot tell.
        command.env("XDG_STATE_HOME", std::path::absolute(self.path().join("state"))?);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("RUST_BACKTRACE", "1");
        let child = command.stdin(Stdio::null()).stdout(log("out")?).stderr(log("err")?).spawn()?;
        Ok(Running { child })
    }

    /// What the last child wrote, standard output first.
    pub(super) fn last_output(&self) -> (Vec<u8>, String) {
        let read =
            |stream: &str| fs::read(self.path().join(format!("logs/{:03}.{stream}", self.starts))).unwrap_or_default();
        (read("out"), String::from_utf8_lossy(&read("err")).into_owned())
    }
}

/// Writes a file of the working folder.
pub(super) fn put(path: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    File::create(path)?.write_all(bytes.as_ref())
}

impl Running {
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end of the process, at most this long.
    pub(super) fn wait_for(&mut self, most: Duration) -> io::Result<Option<ExitStatus>> {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Some(status));
            }
            let left = most.saturating_sub(begin.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            std::thread::sleep(left.min(Duration::from_millis(2)));
        }
    }

    /// Sends a signal such as `TERM` to this process only.
    pub(super) fn signal(&self, name: &str) -> io::Result<()> {
        Command::new("kill").args([format!("-{name}"), self.id().to_string()]).stderr(Stdio::null()).status().map(drop)
    }

    /// SIGKILL.
    pub(super) fn kill(&mut self) -> io::Result<ExitStatus> {
        self.child.kill()?;
        self.child.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A process that has already ended cannot be killed.
        let _ = self.kill();
    }
}
