//! A real pseudo-terminal for the program, and a reader of its screen.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::running::eventually;

/// A command running on a terminal. It is killed when it is dropped.
pub(crate) struct OnTerminal {
    child: Child,
    keyboard: File,
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
    columns: usize,
}

/// The contents of a screen.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    /// The lines at the end.
    pub(crate) lines: Vec<String>,
    /// Lines that were shown and later erased.
    pub(crate) wiped: Vec<String>,
    /// The width of the widest erased line.
    pub(crate) widest: usize,
    /// The colour sequences.
    pub(crate) colours: usize,
    /// The position of the cursor, and whether it is visible.
    pub(crate) cursor: (usize, usize),
    pub(crate) hidden: bool,
}

impl OnTerminal {
    /// Starts a command with a terminal of this width as input, output and errors.
    pub(crate) fn start(mut command: Command, columns: u16) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        tcsetwinsize(master.as_fd(), Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let path = Path::new(std::ffi::OsStr::from_bytes(name.to_bytes()));
        let end = || OpenOptions::new().read(true).write(true).open(path).unwrap();
        command.stdin(end()).stdout(end()).stderr(end());
        if command.get_envs().all(|(name, _)| name != "TERM") {
            command.env("TERM", "xterm-256color");
        }
        let child = command.spawn().unwrap();
        // The command has its own handles; these would keep the terminal open.
        drop(command);
        let bytes = Arc::<Mutex<Vec<u8>>>::default();
        let (mut master, taken) = (File::from(master), Arc::clone(&bytes));
        let keyboard = master.try_clone().unwrap();
        let reader = std::thread::spawn(move || {
            let mut piece = [0; 4096];
            // Linux returns EIO when the other end is closed.
            while let Ok(count @ 1..) = master.read(&mut piece) {
                taken.lock().unwrap().extend_from_slice(&piece[..count]);
            }
        });
        Self { child, keyboard, bytes, reader: Some(reader), columns: usize::from(columns) }
    }

    /// The screen so far.
    pub(crate) fn screen(&self) -> Screen {
        Screen::of(&self.bytes.lock().unwrap(), self.columns)
    }

    /// Waits until one line of the screen contains this text.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) {
        eventually(text, || self.screen().lines.iter().any(|line| line.contains(text)));
    }

    /// Types.
    pub(crate) fn type_text(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
    }

    /// Sends a signal, such as `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let command = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").arg("-c").arg(command).status().unwrap().success());
    }

    /// Waits for its end: the exit code, and the screen then.
    pub(crate) fn finish(mut self) -> (i32, Screen) {
        let mut code = None;
        eventually("it ends", || {
            code = self.child.try_wait().unwrap();
            code.is_some()
        });
        self.reader.take().unwrap().join().unwrap();
        (code.and_then(|code| code.code()).unwrap_or(-1), self.screen())
    }
}

impl Drop for OnTerminal {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Screen {
    /// Interprets the output to a terminal. Panics at an unknown sequence, because the screen would then be unknown.
    fn of(bytes: &[u8], columns: usize) -> Self {
        let mut screen = Self { lines: vec![String::new()], ..Self::default() };
        let text = String::from_utf8_lossy(bytes);
        let mut chars = text.chars();
        while let Some(char) = chars.next() {
            match char {
                '\r' => screen.cursor.1 = 0,
                '\n' => screen.down(1),
                '\u{1b}' => {
                    if chars.next() != Some('[') {
                        break; // the rest has not arrived yet
                    }
                    let mut words = String::new();
                    let Some(end) = chars.by_ref().find(|char| {
                        let ends = char.is_ascii_alphabetic();
                        if !ends {
                            words.push(*char);
                        }
                        ends
                    }) else {
                        break;
                    };
                    screen.control(&words, end);
                }
                _ => screen.put(char, columns),
            }
        }
        screen
    }

    fn control(&mut self, words: &str, end: char) {
        let count = words.parse().unwrap_or(1);
        match (words, end) {
            (_, 'm') => self.colours += 1,
            ("?25", 'l') => self.hidden = true,
            ("?25", 'h') => self.hidden = false,
            (_, 'A') => self.cursor.0 = self.cursor.0.saturating_sub(count),
            (_, 'B') => self.down(count),
            (_, 'C') => self.cursor.1 += count,
            (_, 'D') => self.cursor.1 = self.cursor.1.saturating_sub(count),
            ("2", 'K') => self.wipe(self.cursor.0, 0),
            ("" | "0", 'K') => self.wipe(self.cursor.0, self.cursor.1),
            ("" | "0", 'J') => {
                self.wipe(self.cursor.0, self.cursor.1);
                (self.cursor.0 + 1..self.lines.len()).for_each(|line| self.wipe(line, 0));
            }
            _ => panic!("ESC [ {words} {end} is not known here"),
        }
    }

    fn down(&mut self, lines: usize) {
        self.cursor.0 += lines;
        while self.lines.len() <= self.cursor.0 {
            self.lines.push(String::new());
        }
    }

    /// Every character here is one column wide.
    fn put(&mut self, char: char, columns: usize) {
        if self.cursor.1 == columns {
            self.down(1);
            self.cursor.1 = 0;
        }
        let (line, column) = self.cursor;
        let mut chars: Vec<char> = self.lines[line].chars().collect();
        chars.resize(chars.len().max(column + 1), ' ');
        chars[column] = char;
        self.lines[line] = chars.into_iter().collect();
        self.cursor.1 += 1;
    }

    fn wipe(&mut self, line: usize, from: usize) {
        let kept: String = self.lines[line].chars().take(from).collect();
        let whole = std::mem::replace(&mut self.lines[line], kept);
        let width = whole.chars().count();
        if width > from {
            self.widest = self.widest.max(width);
            self.wiped.push(whole);
        }
    }
}
