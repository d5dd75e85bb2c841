//! Where a connection's token comes from. It is looked up when the connection is opened: a check needs none.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::environment::Environment;
use crate::diag::Problem;
use crate::files::text_of;
use crate::recipe::is_template;

/// Where a token comes from.
#[derive(Debug, Clone)]
pub enum TokenSource {
    /// The connection names none.
    Missing,
    /// The token itself, or a template that gives it.
    Text(SecretString),
    /// A file that holds it.
    File(PathBuf),
}

/// The most bytes of a token file: Meta's tokens have some hundreds.
const MOST: u64 = 8 * 1024;

impl TokenSource {
    /// The token. An error never contains any part of it.
    pub(super) fn find(&self, environment: &Environment) -> Result<SecretString, Problem> {
        match self {
            Self::Missing => Err(Problem::new("no `token`")
                .help("write `token: \"{{ env.WHATSAPP_TOKEN }}\"` and set that variable, or `token-file: PATH`")),
            Self::Text(text) if is_template(text.expose_secret()) => {
                let filled = SecretString::from(environment.fill(text.expose_secret())?);
                plausible(&filled, "`token`")
            }
            Self::Text(text) => plausible(text, "`token`"),
            Self::File(path) => plausible(&read(path)?, &format!("`{}`", path.display())),
        }
    }
}

/// The token without the white space around it, if it can stand in a header (RFC 6750 §2.1 allows even less).
fn plausible(token: &SecretString, origin: &str) -> Result<SecretString, Problem> {
    let token = token.expose_secret().trim();
    if token.is_empty() {
        return Err(Problem::new(format!("{origin} is empty")));
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = format!("{origin} is not a token: it holds white space or characters that no token has");
        return Err(Problem::new(message).help("give the token alone, in one line, without `Bearer`"));
    }
    Ok(token.into())
}

/// The content of a token file that only its owner can read.
fn read(path: &Path) -> Result<SecretString, Problem> {
    let shown = path.display();
    let unreadable = |error: &std::io::Error| Problem::new(format!("token file `{shown}`: {error}"));
    // The mode of a link says nothing about who can read or replace its target.
    let kind = path.symlink_metadata().map_err(|error| unreadable(&error))?.file_type();
    if !kind.is_file() {
        let what = if kind.is_symlink() { "a symbolic link" } else { "not a file" };
        return Err(Problem::new(format!("token file `{shown}` is {what}")).help("name the file itself"));
    }
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    refuse_shared(&file, path).map_err(|error| unreadable(&error))??;
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    let text = text_of(bytes).map_err(|error| Problem::new(format!("token file `{shown}`: {error}")))?;
    Ok(text.into())
}

/// Refuses a file with permissions for group or others. Only its owner and root can read a file of mode 0600.
#[cfg(unix)]
fn refuse_shared(file: &File, path: &Path) -> std::io::Result<Result<(), Problem>> {
    use std::os::unix::fs::PermissionsExt;

    let mode = file.metadata()?.permissions().mode();
    let others = mode & 0o077;
    if others == 0 {
        return Ok(Ok(()));
    }
    let shown = path.display();
    let problem = Problem::new(format!("token file `{shown}` is open to others (mode {:04o})", mode & 0o7777));
    Ok(Err(problem.help(format!("chmod 600 {shown}"))))
}

/// Other systems have no mode, and protect a user's files by default.
#[cfg(not(unix))]
fn refuse_shared(_: &File, _: &Path) -> std::io::Result<Result<(), Problem>> {
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(source: &TokenSource) -> Result<String, String> {
        let environment = Environment::fixed([("TOKEN", " EAAGcanary\n"), ("EMPTY", "")]);
        source.find(&environment).map(|token| token.expose_secret().to_owned()).map_err(|problem| {
            let text = format!("{problem:?}");
            assert!(!text.contains("canary"), "{text}");
            [problem.message, problem.help.unwrap_or_default()].join(" | ")
        })
    }

    fn text(text: &str) -> TokenSource {
        TokenSource::Text(text.into())
    }

    #[test]
    fn a_token_is_taken_from_where_it_stands() {
        for source in [text("{{ env.TOKEN }}"), text("EAAGcanary"), text(" EAAGcanary ")] {
            assert_eq!(find(&source).as_deref(), Ok("EAAGcanary"));
        }
    }

    #[test]
    fn no_token_is_said_without_showing_one() {
        for (source, part) in [
            (TokenSource::Missing, "no `token` | write `token: "),
            (text("{{ env.NONE }}"), "`NONE` is not set"),
            (text("{{ env.EMPTY }}"), "`token` is empty"),
            (text(""), "`token` is empty"),
            (text("Bearer EAAGcanary"), "without `Bearer`"),
            (text("EAAG\ncanary"), "not a token"),
            (text("EAAGcanaryé"), "not a token"),
        ] {
            let message = find(&source).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_token_file_is_for_its_owner_alone() {
        use std::io::Write;
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let mut file = File::create(&path).unwrap();
        file.write_all(b"EAAGcanary\n").unwrap();
        let mode = |mode| file.set_permissions(std::fs::Permissions::from_mode(mode)).unwrap();
        let source = TokenSource::File(path.clone());

        for open in [0o644, 0o640, 0o604, 0o620, 0o601] {
            mode(open);
            let message = find(&source).unwrap_err();
            assert!(message.contains(&format!("(mode {open:04o}) | chmod 600 {}", path.display())), "{message}");
        }
        mode(0o600);
        assert_eq!(find(&source).as_deref(), Ok("EAAGcanary"));

        let link = folder.path().join("link");
        symlink(&path, &link).unwrap();
        assert!(find(&TokenSource::File(link)).unwrap_err().contains("a symbolic link"));
        assert!(find(&TokenSource::File(folder.path().into())).unwrap_err().contains("not a file"));
        assert!(find(&TokenSource::File(folder.path().join("none"))).unwrap_err().contains("token file"));
    }
}
