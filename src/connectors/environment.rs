//! The environment of a connection: environment variables and the `.env` file, as `{{ env.NAME }}`.
//!
//! Belongs here: looking a name up, and putting its value into a text. Does not belong here: changing the environment of
//! this process, which other threads read and children inherit.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::value::Object;
use minijinja::{AutoEscape, Error, UndefinedBehavior, Value, context};
use secrecy::{ExposeSecret, SecretString};

use crate::diag::Problem;
use crate::files::{refuse_named_pipe, text_of};
use crate::template::refuse_boundless;

/// The file that is read if no other is named.
pub const ENV_FILE: &str = ".env";

/// Environment variables, and those of the `.env` file that the environment does not have. Any may be a secret.
#[derive(Debug, Clone)]
pub struct Environment {
    vars: Arc<BTreeMap<String, SecretString>>,
    /// The `.env` file, whether it exists or not.
    file: PathBuf,
}

impl Default for Environment {
    fn default() -> Self {
        Self { vars: Arc::default(), file: PathBuf::from(ENV_FILE) }
    }
}

impl Environment {
    /// The environment of this process, completed by a file. `if_present` allows that the file does not exist.
    ///
    /// # Errors
    /// The file is missing, cannot be read or is not made of lines `NAME=value`.
    pub fn read(path: &Path, if_present: bool) -> Result<Self, Problem> {
        let mut vars = match refuse_named_pipe(path).and_then(|()| std::fs::read(path)) {
            Ok(bytes) => text_of(bytes)
                .map_err(|error| error.to_string())
                .and_then(|text| parse(&text))
                .map_err(|message| Problem::new(message).in_file(path))?,
            Err(error) if if_present && error.kind() == ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(Problem::new(format!("cannot be read: {error}")).in_file(path)),
        };
        // Tokens are text, so a variable that is not text is of no use.
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
            Some((name, SecretString::from(value)))
        });
        vars.extend(environment);
        Ok(Self { vars: Arc::new(vars), file: path.to_owned() })
    }

    /// These variables and no others.
    pub fn fixed<'a>(vars: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let vars = vars.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        Self { vars: Arc::new(vars), ..Self::default() }
    }

    /// The value of a variable, if it is set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(ExposeSecret::expose_secret)
    }

    /// The text with its templates filled in. Nothing but `env` is in scope.
    ///
    /// # Errors
    /// The variable that is not set, or what is wrong with the template. Never a value.
    pub(super) fn fill(&self, text: &str) -> Result<String, Problem> {
        let env = Arc::new(Env { vars: Arc::clone(&self.vars), missed: Mutex::new(None) });
        let scope = context! { env => Value::from_dyn_object(Arc::clone(&env)) };
        refuse_boundless(text).map_err(|error| wrong_template(&error))?;
        engine().render_str(text, scope).map_err(|error| {
            let missed = env.missed.lock().unwrap_or_else(PoisonError::into_inner).take();
            match missed {
                Some(name) => Problem::new(format!("the environment variable `{name}` is not set"))
                    .help(format!("set it, or write a line `{name}=…` in the file `{}`", self.file.display())),
                None => wrong_template(&error),
            }
        })
    }
}

/// Checks what can be checked of a template without its variables.
pub(super) fn check(text: &str) -> Result<(), Problem> {
    refuse_boundless(text)
        .and_then(|()| engine().template_from_str(text).map(drop))
        .map_err(|error| wrong_template(&error))
}

fn wrong_template(error: &Error) -> Problem {
    let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    Problem::new(format!("not a template: {what}")).help("write \"{{ env.NAME }}\" for the environment variable NAME")
}

fn engine() -> minijinja::Environment<'static> {
    let mut engine = minijinja::Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(|_| AutoEscape::None);
    engine.set_fuel(Some(10_000));
    engine
}

/// The variables of a `.env` file. The first value of a name counts, as in other programs.
fn parse(text: &str) -> Result<BTreeMap<String, SecretString>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let mut vars = BTreeMap::new();
    for var in dotenvy::from_read_iter(text.as_bytes()) {
        match var {
            Ok((name, value)) => vars.entry(name).or_insert(value.into()),
            // The line may hold a secret, so the message gives its number only.
            Err(dotenvy::Error::LineParse(line, _)) => {
                let before = text.find(&line).map_or("", |at| &text[..at]);
                let number = before.matches('\n').count() + 1;
                return Err(format!("line {number} is not `NAME=value`"));
            }
            Err(_) => return Err("cannot be read".to_owned()),
        };
    }
    Ok(vars)
}

/// The variables as templates see them. It records the name of an unset variable, which the engine's error does not tell.
#[derive(Debug)]
struct Env {
    vars: Arc<BTreeMap<String, SecretString>>,
    missed: Mutex<Option<String>>,
}

impl Object for Env {
    fn get_value(self: &Arc<Self>, name: &Value) -> Option<Value> {
        let name = name.as_str()?;
        let value = self.vars.get(name).map(|value| Value::from(value.expose_secret()));
        let missed = value.is_none().then(|| name.to_owned());
        *self.missed.lock().unwrap_or_else(PoisonError::into_inner) = missed;
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(text: &str) -> Result<String, String> {
        let vars = Environment::fixed([("TOKEN", "abc"), ("EMPTY", ""), ("NESTED", "{{ env.TOKEN }}")]);
        vars.fill(text).map_err(|problem| problem.message)
    }

    #[test]
    fn variables_are_filled_in() {
        for (text, filled) in [
            ("{{ env.TOKEN }}", "abc"),
            ("v-{{ env['TOKEN'] }}!", "v-abc!"),
            ("{{ env.EMPTY }}", ""),
            ("{{ env.NONE | default('x') }}", "x"),
            ("{{ env.NESTED }}", "{{ env.TOKEN }}"),
        ] {
            assert_eq!(fill(text).as_deref(), Ok(filled), "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_named() {
        assert_eq!(
            fill("{{ env.WHATSAPP_TOKEN }}").unwrap_err(),
            "the environment variable `WHATSAPP_TOKEN` is not set"
        );
        for text in
            ["{{ token }}", "{{ env.TOKEN", "{{ env.TOKEN | nofilter }}", "{% for x in range(99999) %}{% endfor %}"]
        {
            assert!(fill(text).unwrap_err().starts_with("not a template: "), "{text}");
        }
    }

    #[test]
    fn an_env_file_is_lines_of_names_and_values() {
        let vars = parse("\u{feff}# a comment\nA=1\nexport B='two words'\n\nA=9\n").unwrap();
        let value = |name| vars.get(name).map(ExposeSecret::expose_secret);
        assert_eq!((value("A"), value("B"), value("C")), (Some("1"), Some("two words"), None));
    }

    #[test]
    fn a_bad_line_is_named_and_not_shown() {
        assert_eq!(parse("A=1\nEAAGsecret secret\n").unwrap_err(), "line 2 is not `NAME=value`");
        assert_eq!(parse("EAAGsecret secret\n").unwrap_err(), "line 1 is not `NAME=value`");
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("test.env");
        std::fs::File::create(&file)
            .and_then(|mut to| std::io::Write::write_all(&mut to, b"PATH=x\nROWCAST_TEST_ONLY=y\n"))
            .unwrap();
        let environment = Environment::read(&file, false).unwrap();
        assert_ne!(environment.get("PATH"), Some("x"));
        assert_eq!(environment.get("ROWCAST_TEST_ONLY"), Some("y"));
        let missing = Environment::read(&folder.path().join("no.env"), false).unwrap_err();
        assert!(missing.message.starts_with("cannot be read: "), "{}", missing.message);
    }

    #[test]
    fn values_are_never_shown() {
        let environment = Environment::fixed([("TOKEN", "canary")]);
        assert!(!format!("{environment:?}").contains("canary"));
    }
}
