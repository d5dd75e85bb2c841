//! A headless Chromium, driven over the `DevTools` protocol (`chromedevtools.github.io/devtools-protocol`) on the loopback
//! address. It resolves no name, so that nothing leaves this machine, and it records every request of a page.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

/// The time limit of a page's action.
const PATIENCE: Duration = Duration::from_secs(60);

/// One browser at a time: it needs more memory than all other tests together.
static TURN: Mutex<()> = Mutex::new(());

/// A browser with one page. It ends when it is dropped.
pub(crate) struct Browser {
    child: Child,
    socket: WebSocket<TcpStream>,
    session: String,
    last: u64,
    /// The requested addresses, and the errors of the console.
    requests: Vec<String>,
    errors: Vec<String>,
    _profile: TempDir,
    _turn: MutexGuard<'static, ()>,
}

/// The browser of this machine: what `ROWCAST_CHROMIUM` names, else one in the path.
fn binary() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("ROWCAST_CHROMIUM").filter(|named| !named.is_empty()) {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name))).find(|path| path.is_file())
}

impl Browser {
    /// A browser, or none where there is no Chromium; then it prints that a test was skipped.
    pub(crate) fn start() -> Option<Self> {
        let Some(binary) = binary() else {
            // Past the captured output, which is not shown for a test that passes.
            let said = b"SKIPPED: no chromium here (apt-get install chromium, or name one with ROWCAST_CHROMIUM)\n";
            std::io::stderr().write_all(said).unwrap();
            return None;
        };
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let profile = tempfile::tempdir().unwrap();
        let child = Command::new(binary)
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-extensions",
            ])
            .args(["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--no-proxy-server"])
            .args(["--remote-debugging-port=0", "--window-size=1400,900"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .env("HOME", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(profile.path().join("said")).unwrap())
            .spawn()
            .unwrap();
        let address = address(profile.path());
        let stream = TcpStream::connect(&address.0).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (socket, _) = tungstenite::client(format!("ws://{}{}", address.0, address.1), stream).unwrap();
        let mut browser = Self {
            child,
            socket,
            session: String::new(),
            last: 0,
            requests: Vec::new(),
            errors: Vec::new(),
            _profile: profile,
            _turn: turn,
        };
        let target = browser.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = browser.call("Target.attachToTarget", &attach);
        attached["sessionId"].as_str().unwrap().clone_into(&mut browser.session);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        Some(browser)
    }

    /// Opens a file.
    pub(crate) fn open_file(&mut self, path: &Path) {
        self.open(&format!("file://{}", path.display()));
    }

    /// Opens an address and waits until it is loaded.
    pub(crate) fn open(&mut self, url: &str) {
        self.call("Page.navigate", &json!({ "url": url }));
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    /// The value of an expression in the page.
    #[track_caller]
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let result = self.call("Runtime.evaluate", &params);
        assert!(result.get("exceptionDetails").is_none(), "{expression}: {result}");
        result["result"]["value"].clone()
    }

    /// The text of the first element of a selector, as people see it.
    #[track_caller]
    pub(crate) fn text(&mut self, selector: &str) -> String {
        let text = self.eval(&format!("document.querySelector({})?.innerText ?? '(none)'", json!(selector)));
        text.as_str().unwrap().to_owned()
    }

    /// How many elements a selector finds.
    pub(crate) fn count(&mut self, selector: &str) -> u64 {
        self.eval(&format!("document.querySelectorAll({}).length", json!(selector))).as_u64().unwrap()
    }

    /// Clicks the first element of a selector.
    #[track_caller]
    pub(crate) fn click(&mut self, selector: &str) {
        self.eval(&format!("document.querySelector({}).click()", json!(selector)));
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub(crate) fn until(&mut self, expression: &str) {
        let begin = Instant::now();
        while self.eval(expression) != json!(true) {
            assert!(begin.elapsed() < PATIENCE, "waited in vain: {expression}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses a key that is named as in `KeyboardEvent.key`.
    pub(crate) fn press(&mut self, key: &str) {
        let text = if key.chars().count() == 1 { key } else { "" };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            self.call("Input.dispatchKeyEvent", &json!({ "type": kind, "key": key, "text": text }));
        }
    }

    /// Types a text where the focus is.
    pub(crate) fn type_text(&mut self, text: &str) {
        self.call("Input.insertText", &json!({ "text": text }));
    }

    /// Sets the colour scheme of the reader's system: `light` or `dark`.
    pub(crate) fn prefer(&mut self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// Sets the width and height of the window.
    pub(crate) fn resize(&mut self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Takes a picture into the folder that `ROWCAST_PICTURES` names, if it names one: for people who change a page.
    pub(crate) fn picture(&mut self, name: &str) {
        let Some(folder) = std::env::var_os("ROWCAST_PICTURES") else { return };
        let shot = self.call("Page.captureScreenshot", &json!({ "format": "png" }));
        let bytes = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, shot["data"].as_str().unwrap()).unwrap();
        File::create(Path::new(&folder).join(format!("{name}.png"))).unwrap().write_all(&bytes).unwrap();
    }

    /// Removes an error that a test provoked from the list.
    pub(crate) fn forgive(&mut self, part: &str) {
        self.eval("new Promise((done) => setTimeout(() => done(0), 50))");
        self.errors.retain(|error| !error.contains(part));
    }

    /// Asserts that the console has no error, and that only the page itself and `allowed` were requested.
    #[track_caller]
    pub(crate) fn assert_clean(&mut self, allowed: &str) {
        // The answer comes after the events of everything that the page did before.
        self.eval("new Promise((done) => setTimeout(() => done(0), 50))");
        assert!(self.errors.is_empty(), "{:#?}", self.errors);
        let known = |url: &String| ["about:", "data:", allowed].iter().any(|begin| url.starts_with(begin));
        let others: Vec<_> = self.requests.iter().filter(|url| !known(url)).collect();
        assert!(others.is_empty() && !self.requests.is_empty(), "asked for {others:?}");
    }

    /// Calls a method and returns its result; records the events that arrive before it.
    #[track_caller]
    fn call(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        let id = self.last;
        let mut message = json!({ "id": id, "method": method, "params": params });
        if !self.session.is_empty() {
            message["sessionId"] = self.session.as_str().into();
        }
        self.socket.send(Message::text(message.to_string())).unwrap();
        loop {
            let Message::Text(text) = self.socket.read().unwrap() else { continue };
            let message: Value = serde_json::from_str(&text).unwrap();
            if message["id"] == id {
                assert!(message.get("error").is_none(), "{method}: {message}");
                return message["result"].clone();
            }
            self.note(&message);
        }
    }

    fn note(&mut self, event: &Value) {
        let params = &event["params"];
        match event["method"].as_str().unwrap_or_default() {
            "Network.requestWillBeSent" => self.requests.push(params["request"]["url"].as_str().unwrap().to_owned()),
            "Runtime.exceptionThrown" => self.errors.push(params["exceptionDetails"].to_string()),
            "Log.entryAdded" if params["entry"]["level"] == "error" => self.errors.push(params["entry"].to_string()),
            "Runtime.consoleAPICalled" if params["type"] == "error" => self.errors.push(params["args"].to_string()),
            _ => {}
        }
    }
}

/// Where the browser listens, from the file that it writes when it does: host with port, and path.
fn address(profile: &Path) -> (String, String) {
    let begin = Instant::now();
    loop {
        let port = fs::read_to_string(profile.join("DevToolsActivePort")).unwrap_or_default();
        if let Some((port, path)) = port.split_once('\n') {
            return (format!("127.0.0.1:{}", port.trim()), path.trim().to_owned());
        }
        let said = || fs::read_to_string(profile.join("said")).unwrap_or_default();
        assert!(begin.elapsed() < PATIENCE, "the browser does not start: {}", said());
        std::thread::sleep(Duration::from_millis(20));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // First ask it to close, so that it ends its own children; then kill it by its process id if it still runs.
        let close = json!({ "id": 0, "method": "Browser.close" }).to_string();
        if self.socket.send(Message::text(close)).is_ok() {
            let begin = Instant::now();
            while begin.elapsed() < Duration::from_secs(5) && matches!(self.child.try_wait(), Ok(None)) {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
