//! What a run is made of: recipe, connections and list, read from where the user said or from a run folder.

use std::path::{Path, PathBuf};

use crate::connectors::Environment;
use crate::diag::{Problem, Problems, did_you_mean};
use crate::model::TaskEntry;
use crate::plan::Plan;
use crate::recipe::{Node, Recipe};
use crate::rows::{Digest, digest_file};
use crate::run_folder::{RecipeFacts, RunFile, RunFolder, Selection};
use crate::template::Condition;

use crate::app::{Error, Note, Observer};

use super::connections::Connections;
use super::data::Data;
use super::options::{SecretOptions, SourceOptions};
use super::revision::check_compatible;
use super::source::{at_key, read_recipe, read_source, untouched, without_secret};

/// Everything that is read before the first row.
pub(crate) struct Inputs {
    pub(crate) recipe: Recipe,
    /// The folder that the recipe's own paths start from.
    pub(crate) home: PathBuf,
    /// The recipe's text as it may be kept: without a secret.
    pub(crate) recipe_copy: String,
    pub(crate) connections: Connections,
    pub(crate) environment: Environment,
    pub(crate) task: &'static TaskEntry,
    pub(crate) vars: Vec<(String, Node)>,
    pub(crate) selection: Selection,
    /// The number that everything goes to, in a test.
    pub(crate) test: Option<String>,
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
    /// Reads what `options` name.
    pub(crate) fn read(options: &SourceOptions, observer: &mut dyn Observer) -> Result<Self, Problems> {
        let source = read_source(&options.recipe)?;
        let recipe = read_recipe(&source)?;
        let mut problems = Problems::default();
        let environment = Environment::read(options.secrets.env_file.as_deref())?;
        let file = options.secrets.connections.as_deref();
        let connections = Connections::read(&recipe, options.connection.as_deref(), file, &environment, &mut problems);
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
        let inputs = Self::new(recipe, recipe_copy, connections, environment, task, &options.vars, selection, data);
        if problems.has_errors() {
            // The recipe's own problems are told in the same go. Its rows wait for a connection to be checked with.
            inputs.plan(&mut problems);
            return Err(problems);
        }
        problems.iter().for_each(|problem| observer.problem(problem));
        if loses_token {
            observer.note(&Note::TokenNotKept { variable: inputs.connections.entry().token_variable });
        }
        Ok(inputs)
    }

    /// Reads what a run was made of: the copies in its folder. The recipe of `recipe_path` takes the place of the copy. The connection is the
    /// one that the run is bound to, without its token.
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
            // A copy that makes no sense any more is why somebody may give another.
            if let Ok(before) = &parsed {
                check_compatible(before, &new, observer)?;
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
        let environment = Environment::fixed([]);
        let before = run.recipes.len() - usize::from(recipe_path.is_none() && !run.recipes.is_empty());
        let earlier = (1..).zip(&run.recipes[..before]);
        let earlier = earlier.map(|of| EarlierRecipe::read((folder, run), of, connections.entry().tasks)).collect();
        let inputs = Self::new(recipe, copy, connections, environment, task, &run.vars, run.selection.clone(), data);
        let written = run.recipes.last().and_then(|recipe| recipe.path.parent()).unwrap_or(Path::new(""));
        Ok(Self { home: written.to_owned(), test: run.test.clone(), earlier, ..inputs })
    }

    /// Finds the tokens of a run's connections, and the rates that they allow now, where they stand today. What requests are
    /// built from stays what the run is bound to.
    pub(crate) fn find_secrets(&mut self, run: &RunFile, secrets: &SecretOptions) -> Result<(), Problems> {
        self.environment = Environment::read(secrets.env_file.as_deref())?;
        let mut problems = Problems::default();
        self.connections.find_again(
            run,
            &self.recipe,
            secrets.connections.as_deref(),
            &self.environment,
            &mut problems,
        );
        if problems.has_errors() { Err(problems) } else { Ok(()) }
    }

    #[expect(clippy::too_many_arguments, reason = "the one place where the parts are put together")]
    fn new(
        recipe: Recipe,
        recipe_copy: String,
        connections: Connections,
        environment: Environment,
        task: &'static TaskEntry,
        vars: &[(String, String)],
        selection: Selection,
        data: Data,
    ) -> Self {
        let vars = merged(&recipe, vars);
        let home = recipe.source.folder().to_owned();
        let (test, earlier) = (None, Vec::new());
        Self { recipe, home, recipe_copy, connections, environment, task, vars, selection, test, data, earlier }
    }

    /// Why a run cannot go on, with what its user cannot know: that the token was in the recipe and is not in its copy.
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

    /// Compiles the recipe for the data; what is wrong with it goes to `problems`.
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
    }

    /// Compiles `--only`.
    pub(crate) fn only<'e>(&'e self, plan: &Plan<'e>) -> Result<Option<Condition<'e>>, Problem> {
        let only = self.selection.only.as_deref();
        only.map(|text| Condition::parse(self.connections.engine(), text, plan.constants())).transpose()
    }

    /// The recipe, as `run.json` records it.
    pub(crate) fn recipe_facts(&self) -> Result<RecipeFacts, Problem> {
        let path = &self.recipe.source.path;
        let absolute = std::path::absolute(path).map_err(|error| Problem::new(error.to_string()).in_file(path))?;
        Ok(RecipeFacts { path: absolute, digest: Digest::of(&self.recipe_copy).to_string() })
    }

    /// Offset and limit.
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

/// What becomes of a token that stands in a recipe.
pub(crate) const NOT_KEPT: &str = "the copy of a recipe that is kept with a run never holds a token";

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
