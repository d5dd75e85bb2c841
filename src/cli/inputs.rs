//! What a command works with: recipe, connection and data, read from where the user said or from a run folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::connectors::{Surroundings, mask, without_token};
use crate::diag::{Problem, Problems, Source, Step, did_you_mean, locate, scalar_text};
use crate::ledger::{RunFile, RunFolder, Selection};
use crate::model::TaskEntry;
use crate::plan::Plan;
use crate::recipe::{ConnectionRef, ConnectionText, Node, Recipe, parse};
use crate::rows::{Digest, digest_file};
use crate::run::RunError;
use crate::template::Condition;

use crate::cli::args::{SecretArgs, SourceArgs};
use crate::cli::connections::{Connections, inline};
use crate::cli::data::Data;
use crate::cli::exit::Failure;
use crate::cli::revision::hold_to;
use crate::cli::terminal::console;

/// Everything that is read before the first row.
pub(super) struct Inputs {
    pub(super) recipe: Recipe,
    /// The folder that the recipe's own paths start from.
    pub(super) home: PathBuf,
    /// The recipe's text as it may be kept: without a secret.
    pub(super) recipe_copy: String,
    pub(super) connections: Connections,
    pub(super) surroundings: Surroundings,
    pub(super) task: &'static TaskEntry,
    pub(super) vars: Vec<(String, Node)>,
    pub(super) selection: Selection,
    /// The number that everything goes to, in a test.
    pub(super) test: Option<String>,
    pub(super) data: Data,
}

impl Inputs {
    /// Reads what `args` name.
    pub(super) fn read(args: &SourceArgs) -> Result<Self, Problems> {
        let source = read_source(&args.recipe)?;
        let recipe = read_recipe(&source)?;
        let mut problems = Problems::default();
        let surroundings = Surroundings::read(args.secrets.env_file.as_deref())?;
        let file = args.secrets.connections.as_deref();
        let connections = Connections::read(&recipe, args.connection.as_deref(), file, &surroundings, &mut problems);
        let recipe_copy = without_secret(&source, &recipe);
        let loses_token = recipe_copy != *source.text && connections.as_ref().is_some_and(Connections::are_inline);
        let task = connections.as_ref().and_then(|known| task(&recipe, known.entry().tasks, &mut problems));
        let data = match Data::find(&recipe, args, &mut problems) {
            Ok(data) => Some(data),
            Err(problem) => {
                problems.push(problem);
                None
            }
        };
        let (Some(connections), Some(task), Some(data)) = (connections, task, data) else { return Err(problems) };
        let selection = &args.selection;
        let selection = Selection { only: selection.only.clone(), offset: selection.offset, limit: selection.limit };
        let inputs = Self::new(recipe, recipe_copy, connections, surroundings, task, &args.var, selection, data);
        if problems.has_errors() {
            // The recipe's own problems are told in the same go. Its rows wait for a connection to be checked with.
            inputs.plan(&mut problems);
            return Err(problems);
        }
        console::problems(&problems);
        if loses_token {
            console::note(&format!("{NOT_KEPT}: `resume` and `retry` look for it in WHATSAPP_TOKEN"));
        }
        Ok(inputs)
    }

    /// Reads what a run was made of: the copies in its folder. `recipe` takes the place of the copy. The connection is the
    /// one that the run is bound to, without its token.
    pub(super) fn of_run((folder, run): (&RunFolder, &RunFile), recipe: Option<&Path>) -> Result<Self, Problems> {
        let revision = u32::try_from(run.recipes.len()).unwrap_or(u32::MAX);
        let path = folder.recipe(revision);
        let digest = run.recipes.last().map_or("", |recipe| &recipe.digest);
        untouched(&path, digest, |path| Ok((digest_file(path)?, ())))?;
        let mut source = read_source(&path)?;
        let mut parsed = read_recipe(&source);
        if let Some(path) = recipe {
            source = read_source(path)?;
            let new = read_recipe(&source)?;
            // A copy that makes no sense any more is why somebody may give another.
            if let Ok(before) = &parsed {
                hold_to(before, &new)?;
            }
            parsed = Ok(new);
        }
        // How it sends is what the run was started with, flags included.
        let recipe = Recipe { send: run.send.clone(), ..parsed? };
        let data = Data::of_run(folder.data(), &run.data)?;
        let connections = Connections::of_run(run, &source.path)?;
        let mut problems = Problems::default();
        let Some(task) = task(&recipe, connections.entry().tasks, &mut problems) else { return Err(problems) };
        let copy = without_secret(&source, &recipe);
        let surroundings = Surroundings::fixed([]);
        let inputs = Self::new(recipe, copy, connections, surroundings, task, &run.vars, run.selection.clone(), data);
        let written = run.recipes.last().and_then(|recipe| recipe.path.parent()).unwrap_or(Path::new(""));
        Ok(Self { home: written.to_owned(), test: run.test.clone(), ..inputs })
    }

    /// Finds the tokens of a run's connections, and the rates that they allow now, where they stand today. What requests are
    /// built from stays what the run is bound to.
    pub(super) fn find_secrets(&mut self, run: &RunFile, secrets: &SecretArgs) -> Result<(), Problems> {
        self.surroundings = Surroundings::read(secrets.env_file.as_deref())?;
        let mut problems = Problems::default();
        self.connections.find_again(
            run,
            &self.recipe,
            secrets.connections.as_deref(),
            &self.surroundings,
            &mut problems,
        );
        if problems.has_errors() { Err(problems) } else { Ok(()) }
    }

    #[expect(clippy::too_many_arguments, reason = "the one place where the parts are put together")]
    fn new(
        recipe: Recipe,
        recipe_copy: String,
        connections: Connections,
        surroundings: Surroundings,
        task: &'static TaskEntry,
        vars: &[(String, String)],
        selection: Selection,
        data: Data,
    ) -> Self {
        let mut merged = recipe.vars.clone();
        for (name, value) in vars {
            merged.retain(|(known, _)| known != name);
            merged.push((name.clone(), Node::Text(value.clone())));
        }
        let home = recipe.source.folder().to_owned();
        Self { recipe, home, recipe_copy, connections, surroundings, task, vars: merged, selection, test: None, data }
    }

    /// Why a run cannot go on, with what its user cannot know: that the token was in the recipe and is not in its copy.
    pub(super) fn without_its_token(&self, failure: Failure) -> Failure {
        if !self.connections.are_inline() {
            return failure;
        }
        let explain = |problem: Problem| {
            let help = [problem.help.as_deref().unwrap_or_default(), NOT_KEPT].join("\n");
            problem.help(help.trim_start())
        };
        let mut problems = Problems::default();
        problems.extend(failure.problems.into_iter().map(explain));
        Failure { problems, ..failure }
    }

    /// Compiles the recipe for the data; what is wrong with it goes to `problems`.
    pub(super) fn plan(&self, problems: &mut Problems) -> Plan<'_> {
        let (targets, routing) = (self.connections.targets(), self.connections.routing());
        Plan::with_routes(&self.recipe, (&self.vars, &self.data.header, self.task), &targets, routing, problems)
            .redirected_to(self.test.as_deref())
    }

    /// Compiles `--only`.
    pub(super) fn only<'e>(&'e self, plan: &Plan<'e>) -> Result<Option<Condition<'e>>, Problem> {
        let only = self.selection.only.as_deref();
        only.map(|text| Condition::parse(self.connections.engine(), text, plan.constants())).transpose()
    }

    /// Offset and limit.
    pub(super) fn range(&self) -> (u64, Option<u64>) {
        (self.selection.offset, self.selection.limit)
    }
}

/// What becomes of a token that stands in a recipe.
const NOT_KEPT: &str = "the copy of a recipe that is kept with a run never holds a token";

pub(super) fn read_source(path: &Path) -> Result<Source, Problem> {
    let bytes = fs::read(path).map_err(|error| {
        let message = match error.kind() {
            io::ErrorKind::NotFound => "does not exist".to_owned(),
            _ => error.to_string(),
        };
        Problem::new(message).in_file(path)
    })?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Problem::new("is not UTF-8 text").help("save it as UTF-8").in_file(path))?;
    Ok(Source::new(path, text))
}

/// The recipe. A token that stands in it is crossed out in the lines that its problems show.
fn read_recipe(source: &Source) -> Result<Recipe, Problems> {
    let Some(masked) = masked(source) else { return parse(source) };
    match parse(source) {
        Ok(recipe) => Ok(Recipe { source: masked, ..recipe }),
        Err(problems) => Err(parse(&masked).err().unwrap_or(problems)),
    }
}

/// The text of a recipe that has its connection within it, without the token.
fn masked(source: &Source) -> Option<Source> {
    let Node::Map(keys) = Node::parse(source).ok()? else { return None };
    let (_, connection) = keys.into_iter().find(|(key, _)| key == "connection")?;
    let Node::Map(entries) = connection else { return None };
    let (name, path) = (String::new(), vec![Step::from("connection")]);
    Some(mask(&ConnectionText { name, source: source.clone(), path, entries }).source)
}

/// What was read of a file with its digest, if that is what it was.
pub(super) fn untouched<T>(
    path: &Path,
    digest: &str,
    read: impl FnOnce(&Path) -> io::Result<(Digest, T)>,
) -> Result<T, Problem> {
    let problem = |error: RunError| Problem::new(error.to_string());
    let (found, read) = read(path).map_err(|source| problem(RunError::Io { path: path.to_owned(), source }))?;
    if found.as_str() == digest { Ok(read) } else { Err(problem(RunError::Tampered(path.to_owned()))) }
}

/// The problem at the text that a key of the recipe has.
pub(super) fn at_key(problem: Problem, source: &Source, key: &str) -> Problem {
    let path = [Step::from(key)];
    let len = scalar_text(&source.text, &path).map_or(1, |text| text.chars().count());
    problem.at_text(source, locate(&source.text, &path).unwrap_or((1, 1)), len)
}

fn task(recipe: &Recipe, tasks: &'static [TaskEntry], problems: &mut Problems) -> Option<&'static TaskEntry> {
    let found = tasks.iter().find(|task| task.id == recipe.task || task.short() == recipe.task);
    if found.is_none() {
        let short: Vec<String> = tasks.iter().map(TaskEntry::short).collect();
        let known = || short.iter().map(String::as_str).chain(tasks.iter().map(|task| task.id));
        let message = format!("`task`: unknown task `{}`{}", recipe.task, did_you_mean(&recipe.task, known()));
        let problem = Problem::new(message).help(format!("there are: {}", short.join(", ")));
        problems.push(at_key(problem, &recipe.source, "task"));
    }
    found
}

/// The recipe's text as it is kept in a run folder: a token that stands in it is replaced by a reference, whether or not
/// its connection is the one that is used.
fn without_secret(source: &Source, recipe: &Recipe) -> String {
    let ConnectionRef::Inline(entries) = &recipe.connection else { return source.text.to_string() };
    let connection = ConnectionText { source: source.clone(), ..inline(recipe, entries) };
    without_token(&connection, "{{ env.WHATSAPP_TOKEN }}").unwrap_or_else(|| source.text.to_string())
}
