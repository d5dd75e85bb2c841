//! The inputs of a run: recipe, connections and list, read from the user's files or from a run folder.

use std::path::{Path, PathBuf};

use crate::connectors::Environment;
use crate::diag::{Problem, Problems, did_you_mean};
use crate::model::TaskEntry;
use crate::plan::Plan;
use crate::recipe::{Node, Recipe};
use crate::rows::{Digest, digest_file};
use crate::run_folder::{RecipeFacts, RunFile, RunFolder, Selection};
use crate::template::Condition;

use crate::app::{Error, Notice, Observer};

use super::connections::Connections;
use super::data::Data;
use super::options::{SecretOptions, SourceOptions};
use super::project::{Project, one_path};
use super::revision::check_compatible;
use super::source::{at_key, read_recipe, read_source, untouched, without_secret};

/// All inputs that are read before the first row.
pub(crate) struct Inputs {
    pub(crate) recipe: Recipe,
    /// The project of the recipe.
    pub(crate) project: Project,
    /// The folder that relative paths in the recipe refer to.
    pub(crate) home: PathBuf,
    /// The recipe's text without secrets, for the run folder.
    pub(crate) recipe_copy: String,
    pub(crate) connections: Connections,
    pub(crate) environment: Environment,
    pub(crate) task: &'static TaskEntry,
    pub(crate) vars: Vec<(String, Node)>,
    pub(crate) selection: Selection,
    /// In a test: the number that receives every message.
    pub(crate) test: Option<String>,
    /// The messages go to a sandbox of the run's own.
    pub(crate) rehearsal: bool,
    pub(crate) data: Data,
    /// The recipes that a run was sent under before this one, by revision. `None` for a copy that cannot be read.
    earlier: Vec<Option<EarlierRecipe>>,
}

/// A recipe of a run before the one in use.
struct EarlierRecipe {
    recipe: Recipe,
    task: &'static TaskEntry,
    vars: Vec<(String, Node)>,
}

impl Inputs {
    /// Reads the inputs that `options` name.
    pub(crate) fn read(options: &SourceOptions, observer: &mut dyn Observer) -> Result<Self, Problems> {
        let source = read_source(&options.recipe)?;
        let recipe = read_recipe(&source)?;
        let mut problems = Problems::default();
        let project = Project::of_recipe(&options.recipe);
        let environment = project.environment(options.secrets.env_file.as_deref())?;
        let place = (options.secrets.connections.as_deref(), &project);
        let connections = Connections::read(&recipe, options.connection.as_deref(), place, &environment, &mut problems);
        let recipe_copy = without_secret(&source, &recipe);
        let loses_token = recipe_copy != *source.text && connections.as_ref().is_some_and(Connections::are_inline);
        let task = connections.as_ref().and_then(|known| task(&recipe, known.entry().tasks, &mut problems));
        let data = match Data::find(&recipe, options, &mut problems, observer) {
            Ok(data) => Some(data),
            Err(problem) => {
                problems.push(problem);
                None
            }
        };
        let (Some(connections), Some(task), Some(data)) = (connections, task, data) else { return Err(problems) };
        let selection = options.selection.clone();
        let inputs = Self::new(recipe, recipe_copy, project, connections, task, &options.vars, selection, data);
        let inputs = Self { environment, ..inputs };
        if problems.has_errors() {
            // Report the recipe's own problems too. Its rows cannot be checked without a connection.
            inputs.plan(&mut problems);
            return Err(problems);
        }
        problems.iter().for_each(|problem| observer.problem(problem));
        if loses_token {
            observer.note(&Notice::TokenNotKept { variable: inputs.connections.entry().token_variable });
        }
        Ok(inputs)
    }

    /// Reads the inputs of a run from the copies in its folder. `recipe` replaces the copy. The connections are those that the run
    /// recorded, without their tokens.
    pub(crate) fn of_run(
        (folder, run): (&RunFolder, &RunFile),
        recipe_path: Option<&Path>,
        observer: &mut dyn Observer,
    ) -> Result<Self, Problems> {
        let revision = u32::try_from(run.recipes.len()).unwrap_or(u32::MAX);
        let path = folder.recipe(revision);
        let digest = run.recipes.last().map_or("", |recipe| &recipe.digest);
        untouched(&path, digest, |path| Ok((digest_file(path)?, ())))?;
        let mut source = read_source(&path)?;
        let mut parsed = read_recipe(&source);
        if let Some(path) = recipe_path {
            source = read_source(path)?;
            let new = read_recipe(&source)?;
            // A copy that no longer parses may be the reason for a new recipe.
            if let Ok(before) = &parsed {
                check_compatible(before, &new, observer)?;
            }
            parsed = Ok(new);
        }
        // The run keeps the send settings that it was started with, flags included.
        let recipe = Recipe { send: run.send.clone(), ..parsed? };
        let data = Data::of_run(folder.data(), &run.data)?;
        let connections = Connections::of_run(run, &source.path)?;
        let mut problems = Problems::default();
        let Some(task) = task(&recipe, connections.entry().tasks, &mut problems) else { return Err(problems) };
        let copy = without_secret(&source, &recipe);
        let project = Project::of_run(folder, run);
        let before = run.recipes.len() - usize::from(recipe_path.is_none() && !run.recipes.is_empty());
        let earlier = (1..).zip(&run.recipes[..before]);
        let earlier = earlier.map(|of| EarlierRecipe::read((folder, run), of, connections.entry().tasks)).collect();
        let inputs = Self::new(recipe, copy, project, connections, task, &run.vars, run.selection.clone(), data);
        let written = run.recipes.last().and_then(|recipe| recipe.path.parent()).unwrap_or(Path::new(""));
        let (test, rehearsal) = (run.test.clone(), run.sandbox);
        Ok(Self { home: written.to_owned(), test, rehearsal, earlier, ..inputs })
    }

    /// Reads the current tokens and rates of a run's connections. Requests are still built from the endpoints that the run
    /// recorded.
    pub(crate) fn find_secrets(&mut self, run: &RunFile, secrets: &SecretOptions) -> Result<(), Problems> {
        self.environment = self.project.environment(secrets.env_file.as_deref())?;
        let mut problems = Problems::default();
        let place = (secrets.connections.as_deref(), &self.project);
        self.connections.find_again(run, &self.recipe, place, &self.environment, &mut problems);
        if problems.has_errors() { Err(problems) } else { Ok(()) }
    }

    #[expect(clippy::too_many_arguments, reason = "the only constructor; each argument is a different part")]
    fn new(
        recipe: Recipe,
        recipe_copy: String,
        project: Project,
        connections: Connections,
        task: &'static TaskEntry,
        vars: &[(String, String)],
        selection: Selection,
        data: Data,
    ) -> Self {
        let vars = merged(&recipe, vars);
        let home = recipe.source.folder().to_owned();
        let (environment, test, earlier) = (Environment::fixed([]), None, Vec::new());
        Self {
            recipe,
            project,
            home,
            recipe_copy,
            connections,
            environment,
            task,
            vars,
            selection,
            test,
            rehearsal: false,
            data,
            earlier,
        }
    }

    /// Adds to an error that the token was in the recipe and is not in its copy, which the user cannot know.
    pub(crate) fn without_its_token(&self, error: Error) -> Error {
        if !self.connections.are_inline() {
            return error;
        }
        let explain = |problem: Problem| {
            let help = [problem.help.as_deref().unwrap_or_default(), NOT_KEPT].join("\n");
            problem.help(help.trim_start())
        };
        let mut problems = Problems::default();
        problems.extend(error.problems.into_iter().map(explain));
        Error { problems, ..error }
    }

    /// Compiles the recipe for the list. Adds its errors to `problems`.
    pub(crate) fn plan(&self, problems: &mut Problems) -> Plan<'_> {
        self.compile(&self.recipe, &self.vars, self.task, problems)
    }

    /// Compiles the recipes before this one. A problem of theirs shows in the rows that they make no request of.
    pub(crate) fn earlier_plans(&self) -> Vec<Option<Plan<'_>>> {
        let compile = self.earlier.iter().map(|earlier| {
            let EarlierRecipe { recipe, task, vars } = earlier.as_ref()?;
            Some(self.compile(recipe, vars, task, &mut Problems::default()))
        });
        compile.collect()
    }

    fn compile<'e>(
        &'e self,
        recipe: &'e Recipe,
        vars: &[(String, Node)],
        task: &'static TaskEntry,
        problems: &mut Problems,
    ) -> Plan<'e> {
        let (targets, routing) = (self.connections.targets(), self.connections.routing());
        Plan::with_routes(recipe, (vars, &self.data.header, task), &targets, routing, problems)
            .redirected_to(self.test.as_deref())
            .rehearsed(self.rehearsal)
    }

    /// Compiles `--only`.
    pub(crate) fn only<'e>(&'e self, plan: &Plan<'e>) -> Result<Option<Condition<'e>>, Problem> {
        let only = self.selection.only.as_deref();
        only.map(|text| Condition::parse(self.connections.engine(), text, plan.constants())).transpose()
    }

    /// The recipe, as `run.json` records it.
    pub(crate) fn recipe_facts(&self) -> Result<RecipeFacts, Problem> {
        let path = &self.recipe.source.path;
        let path = one_path(path).map_err(|error| Problem::new(error.to_string()).in_file(path))?;
        Ok(RecipeFacts { path, digest: Digest::of(&self.recipe_copy).to_string() })
    }

    /// The offset and limit of the selection.
    pub(crate) fn range(&self) -> (u64, Option<u64>) {
        (self.selection.offset, self.selection.limit)
    }
}

impl EarlierRecipe {
    fn read(
        (folder, run): (&RunFolder, &RunFile),
        (revision, facts): (u32, &RecipeFacts),
        tasks: &'static [TaskEntry],
    ) -> Option<Self> {
        let path = folder.recipe(revision);
        untouched(&path, &facts.digest, |path| Ok((digest_file(path)?, ()))).ok()?;
        let recipe = Recipe { send: run.send.clone(), ..read_recipe(&read_source(&path).ok()?).ok()? };
        let task = task(&recipe, tasks, &mut Problems::default())?;
        Some(Self { task, vars: merged(&recipe, &run.vars), recipe })
    }
}

/// The recipe's `vars`, with those of the command line in their place.
fn merged(recipe: &Recipe, vars: &[(String, String)]) -> Vec<(String, Node)> {
    let mut merged = recipe.vars.clone();
    for (name, value) in vars {
        merged.retain(|(known, _)| known != name);
        merged.push((name.clone(), Node::Text(value.clone())));
    }
    merged
}

/// Refuses vars of the command line that nothing in the recipe has or reads: a typing mistake would change nothing, in silence.
///
/// # Errors
/// Names the first of them.
pub(crate) fn refuse_unknown_vars(recipe: &Recipe, vars: &[(String, String)]) -> Result<(), Error> {
    let is_read = |name: &str| {
        [format!("vars.{name}"), format!("vars['{name}']"), format!("vars[\"{name}\"]")]
            .iter()
            .any(|read| recipe.source.text.contains(read.as_str()))
    };
    let is_known = |name: &str| recipe.vars.iter().any(|(known, _)| known == name) || is_read(name);
    let Some((name, _)) = vars.iter().find(|(name, _)| !is_known(name)) else { return Ok(()) };
    let known = || recipe.vars.iter().map(|(name, _)| name.as_str());
    let wanted = name.strip_prefix("vars.").unwrap_or(name);
    let near = match known().find(|known| known.eq_ignore_ascii_case(wanted)) {
        Some(same) => format!(" (did you mean {same}?)"),
        None => did_you_mean(wanted, known()),
    };
    let problem = Problem::new(format!("--var: the recipe has no var `{name}`{near}"));
    let names: Vec<&str> = known().collect();
    let help = if names.is_empty() { "it has no `vars:`".to_owned() } else { format!("it has: {}", names.join(", ")) };
    Err(Error::usage(problem.help(help)))
}

/// Explains what happens to a token in a recipe.
pub(crate) const NOT_KEPT: &str = "the recipe copy in a run folder never contains a token";

fn task(recipe: &Recipe, tasks: &'static [TaskEntry], problems: &mut Problems) -> Option<&'static TaskEntry> {
    let found = tasks.iter().find(|task| task.id == recipe.task || task.short() == recipe.task);
    if found.is_none() {
        let short: Vec<String> = tasks.iter().map(TaskEntry::short).collect();
        let known = || short.iter().map(String::as_str).chain(tasks.iter().map(|task| task.id));
        let message = format!("`task`: unknown task `{}`{}", recipe.task, did_you_mean(&recipe.task, known()));
        let problem = Problem::new(message).help(format!("available tasks: {}", short.join(", ")));
        problems.push(at_key(problem, &recipe.source, "task"));
    }
    found
}
