//! The project: runs, connections and secrets are in one folder, wherever a command is typed.

use std::fs;
use std::io;
use std::os::unix::fs::{chown, symlink};
use std::path::Path;
use std::process::Command;

use crate::support::{Bench, Outcome, TOKEN, list, sandbox};

/// A folder with a project in `acme co`, whose token is in its `.env`, and an empty folder `cron`.
fn acme(url: &str) -> Bench {
    let bench = Bench::with_list(&list(3), url);
    bench.file("acme co/.env", format!("WHATSAPP_TOKEN={TOKEN}\n"));
    for name in ["connections.yaml", "list.csv", "r.yaml"] {
        fs::rename(bench.path().join(name), bench.path().join("acme co").join(name)).unwrap();
    }
    fs::create_dir(bench.path().join("cron")).unwrap();
    bench
}

/// The command line, typed in a folder below the bench, without a token in the environment.
fn at(bench: &Bench, folder: &str, args: &[&str]) -> Command {
    let mut command = bench.command(args);
    command.current_dir(bench.path().join(folder)).env_remove("WHATSAPP_TOKEN");
    command
}

fn rowcast(bench: &Bench, folder: &str, args: &[&str]) -> Outcome {
    Outcome::of(at(bench, folder, args).output().unwrap())
}

/// A line for a shell, typed in a folder below the bench.
fn typed(bench: &Bench, folder: &str, line: &str) -> Outcome {
    let programs = Path::new(env!("CARGO_BIN_EXE_rowcast")).parent().unwrap();
    let mut shell = at(bench, folder, &[]);
    let (variables, place) = (shell.get_envs(), shell.get_current_dir().unwrap());
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(place).env_clear();
    command.envs(variables.filter_map(|(name, value)| Some((name, value?))));
    command.env("PATH", format!("{}:/usr/bin:/bin", programs.display()));
    shell = command;
    Outcome::of(shell.output().unwrap())
}

/// The commands between backquotes that a message prints.
fn printed(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn runs_in(bench: &Bench, folder: &str) -> usize {
    let is_run = |entry: &io::Result<fs::DirEntry>| entry.as_ref().unwrap().path().join("run.json").exists();
    fs::read_dir(bench.path().join(folder)).map_or(0, |entries| entries.filter(is_run).count())
}

#[test]
fn a_recipe_has_the_same_runs_and_the_same_token_wherever_it_is_started() {
    let sandbox = sandbox(&[]);
    let bench = acme(sandbox.url());
    let absolute = bench.path().join("acme co/r.yaml").display().to_string();
    rowcast(&bench, "cron", &["run", "../acme co/r.yaml", "-y"]).code(0);
    for (folder, recipe) in [
        ("acme co", "r.yaml"),
        ("acme co", &absolute),
        (".", "acme co/r.yaml"),
        ("cron", &absolute),
        ("cron", "../cron/../acme co/./r.yaml"),
    ] {
        let told = rowcast(&bench, folder, &["run", recipe, "-y"]).code(0);
        assert!(told.stderr.starts_with("nothing to send: 3 rows have their message"), "{recipe}: {}", told.stderr);
    }
    bench.file("acme co/r.yaml", bench.read("acme co/r.yaml") + "# mended\n");
    rowcast(&bench, ".", &["run", "cron/../acme co/r.yaml", "-y"]).code(0);
    assert_eq!((runs_in(&bench, "acme co/runs"), runs_in(&bench, "cron")), (1, 0));
    assert_eq!(sandbox.inbox().total_delivered(), 3);
}

#[test]
fn a_recipe_below_the_connections_file_is_part_of_its_project() {
    let sandbox = sandbox(&[]);
    let bench = acme(sandbox.url());
    bench.file("acme co/recipes/de/spring.yaml", bench.read("acme co/r.yaml").replace("list.csv", "../../list.csv"));
    let run = rowcast(&bench, "acme co/recipes/de", &["run", "spring.yaml", "-y"]).code(0);
    assert!(run.stderr.contains("results  ../../runs/spring-"), "{}", run.stderr);
    let results = run.stderr.lines().find_map(|line| line.strip_prefix("results")).unwrap().trim();
    assert!(bench.path().join("acme co/recipes/de").join(results).is_file());
    rowcast(&bench, "acme co", &["run", "recipes/de/spring.yaml", "-y"]).code(0);
    assert_eq!((runs_in(&bench, "acme co/runs"), sandbox.inbox().total_delivered()), (1, 3));
}

#[test]
fn of_two_nested_projects_the_nearest_counts() {
    let (outer, inner) = (sandbox(&[]), sandbox(&[]));
    let bench = acme(outer.url());
    for name in ["r.yaml", "list.csv", ".env"] {
        bench.file(&format!("acme co/eu/{name}"), bench.read(&format!("acme co/{name}")).replace("Hello", "Hallo"));
    }
    bench.file("acme co/eu/connections.yaml", bench.read("acme co/connections.yaml").replace(outer.url(), inner.url()));
    fs::create_dir(bench.path().join("acme co/eu/sub")).unwrap();
    rowcast(&bench, "acme co", &["run", "eu/r.yaml", "-y"]).code(0);
    rowcast(&bench, "acme co/eu", &["run", "../r.yaml", "-y", "--limit", "2"]).code(0);
    assert_eq!((outer.inbox().total_delivered(), inner.inbox().total_delivered()), (2, 3));
    assert_eq!((runs_in(&bench, "acme co/runs"), runs_in(&bench, "acme co/eu/runs")), (1, 1));
    assert!(rowcast(&bench, "acme co/eu/sub", &["runs"]).code(0).stdout.contains("3 rows = 3 accepted"));
    assert!(rowcast(&bench, "acme co", &["runs"]).code(0).stdout.contains("2 rows = 2 accepted"));
}

#[test]
fn flags_and_the_variable_name_other_places() {
    let sandbox = sandbox(&[]);
    let bench = acme(sandbox.url());
    let with = |variable: &str, args: &[&str]| {
        Outcome::of(at(&bench, "cron", args).env("ROWCAST_RUNS_DIR", variable).output().unwrap())
    };
    let first = ["run", "../acme co/r.yaml", "-y", "--limit", "1"];
    let run = with("kept", &first).code(0);
    assert!(run.stderr.contains("results  kept/r-") && !run.stderr.contains("--runs-dir"), "{}", run.stderr);
    assert!(with("kept", &["runs"]).code(0).stdout.contains("1 accepted"));
    // The flag wins over the variable, and an empty variable is none.
    with("kept", &[&first[..], &["--offset", "1", "--runs-dir", "../mine"]].concat()).code(0);
    with("", &[&first[..], &["--offset", "2"]].concat()).code(0);
    for folder in ["cron/kept", "mine", "acme co/runs"] {
        assert_eq!(runs_in(&bench, folder), 1, "{folder}");
    }
    fs::rename(bench.path().join("acme co/.env"), bench.path().join("cron/.env")).unwrap();
    let again = [&first[..], &["--again"]].concat();
    let refused = rowcast(&bench, "cron", &again).code(3);
    assert!(refused.stderr.contains("in the file `../acme co/.env`"), "{}", refused.stderr);
    rowcast(&bench, "cron", &[&again[..], &["--env-file", ".env"]].concat()).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 4);
}

#[test]
fn commands_without_a_recipe_look_upward_for_the_project() {
    let sandbox = sandbox(&[]);
    let bench = acme(sandbox.url());
    bench.file("acme co/connections.yaml", bench.read("acme co/connections.yaml") + "  waba-id: \"1\"\n");
    fs::create_dir_all(bench.path().join("acme co/lists/may")).unwrap();
    rowcast(&bench, "cron", &["run", "../acme co/r.yaml", "-y"]).code(0);
    let here = "acme co/lists/may";
    assert!(rowcast(&bench, here, &["runs"]).code(0).stdout.contains("3 accepted"));
    assert!(rowcast(&bench, here, &["show"]).code(0).stdout.contains("folder      ../../runs/r-"));
    assert!(rowcast(&bench, here, &["show", "latest", "2"]).code(0).stdout.contains("accepted"));
    assert_eq!(rowcast(&bench, here, &["results"]).code(0).stdout.lines().count(), 4);
    assert!(rowcast(&bench, here, &["report"]).code(0).stdout.starts_with("../../runs/r-"));
    rowcast(&bench, here, &["suppress"]).code(0);
    assert!(rowcast(&bench, here, &["resume", "-y"]).code(0).stderr.contains("nothing to resume in r-"));
    assert!(rowcast(&bench, here, &["retry", "-y"]).code(0).stderr.contains("nothing to retry in r-"));
    rowcast(&bench, here, &["templates", "list"]).code(0);
    let lost = rowcast(&bench, "cron", &["show"]).code(3);
    assert!(lost.stderr.contains("no run `latest` in runs"), "{}", lost.stderr);
}

#[test]
fn a_project_may_have_its_connection_in_the_recipe() {
    let sandbox = sandbox(&[]);
    let bench = acme(sandbox.url());
    let url = sandbox.url();
    let inline = format!(
        "connection: {{ type: whatsapp, token: \"{{{{ env.WHATSAPP_TOKEN }}}}\", phone-number-id: \"1\", base-url: \"{url}\" }}"
    );
    bench.file("solo/r.yaml", bench.read("acme co/r.yaml").replace("connection: acme", &inline));
    bench.file("solo/list.csv", bench.read("acme co/list.csv"));
    bench.file("solo/.env", bench.read("acme co/.env"));
    fs::create_dir_all(bench.path().join("solo/lists")).unwrap();
    // A folder of another program is no folder of runs.
    fs::create_dir_all(bench.path().join("solo/lists/runs/tensors")).unwrap();
    rowcast(&bench, "cron", &["run", "../solo/r.yaml", "-y"]).code(0);
    assert!(rowcast(&bench, "solo/lists", &["runs"]).code(0).stdout.contains("3 accepted"));
    rowcast(&bench, "solo/lists", &["run", "../r.yaml", "-y"]).code(0);
    // From a project's folder the recipe belongs to this project.
    fs::rename(bench.path().join("solo"), bench.path().join("other")).unwrap();
    let elsewhere = rowcast(&bench, "acme co", &["run", "../other/r.yaml", "-y"]).code(3);
    assert!(elsewhere.stderr.contains("../other/runs has 1 run of this recipe"), "{}", elsewhere.stderr);
    assert_eq!(sandbox.inbox().total_delivered(), 3);
}

#[test]
fn runs_of_this_recipe_in_another_folder_are_named_and_nothing_is_sent() {
    let sandbox = sandbox(&[]);
    let bench = acme(sandbox.url());
    let run = ["run", "acme co/r.yaml", "-y"];
    // Where a run was stored before there were projects: in the working folder.
    rowcast(&bench, ".", &[&run[..], &["--runs-dir", "runs"]].concat()).code(0);
    rowcast(&bench, ".", &[&run[..], &["--sandbox", "--runs-dir", "runs"]].concat()).code(0);
    let checked = rowcast(&bench, ".", &["check", "acme co/r.yaml"]).code(0);
    assert!(checked.stderr.contains("`run` will refuse this: runs has 1 run of this recipe"), "{}", checked.stderr);
    let refused = rowcast(&bench, ".", &run).code(3);
    let said = "runs has 1 run of this recipe, but the recipe's project is acme co; nothing was sent";
    assert!(refused.stderr.contains(said), "{}", refused.stderr);
    // A list that grew is another list of the same recipe.
    bench.file("acme co/more.csv", list(4));
    for folder in ["acme co", "cron"] {
        let recipe = if folder == "cron" { "../acme co/r.yaml" } else { "r.yaml" };
        let more = rowcast(&bench, folder, &["run", recipe, "-d", "../acme co/more.csv", "-y"]).code(3);
        assert!(more.stderr.contains("runs has 1 run of this recipe"), "{}", more.stderr);
    }
    // Rehearsals and tests reach no recipient of the list.
    rowcast(&bench, ".", &[&run[..], &["--sandbox"]].concat()).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 3);

    let commands = printed(&refused.stderr);
    assert_eq!(commands[1], "--runs-dir runs");
    let kept = rowcast(&bench, ".", &[&run[..], &["--runs-dir", "runs"]].concat()).code(0);
    assert!(kept.stderr.starts_with("nothing to send: 3 rows have their message"), "{}", kept.stderr);
    typed(&bench, ".", commands[0]).code(0);
    assert_eq!((runs_in(&bench, "runs"), runs_in(&bench, "acme co/runs")), (1, 2));
    for folder in [".", "cron"] {
        let recipe = bench.path().join("acme co/r.yaml").display().to_string();
        let told = rowcast(&bench, folder, &["run", &recipe, "-y"]).code(0);
        assert!(told.stderr.starts_with("nothing to send: 3 rows have their message"), "{}", told.stderr);
    }
    assert_eq!(sandbox.inbox().total_delivered(), 3);
}

#[test]
fn a_copied_recipe_is_another_one_and_a_moved_one_is_not() {
    let sandbox = sandbox(&[]);
    let bench = acme(sandbox.url());
    rowcast(&bench, "acme co", &["run", "r.yaml", "-y"]).code(0);
    for name in ["r.yaml", "connections.yaml", ".env"] {
        bench.file(&format!("next/{name}"), bench.read(&format!("acme co/{name}")));
    }
    bench.file("next/list.csv", "phone,name\n+4915100000099,Zoe\n");
    rowcast(&bench, "acme co", &["run", "../next/r.yaml", "-y"]).code(0);
    fs::rename(bench.path().join("acme co/r.yaml"), bench.path().join("next/moved.yaml")).unwrap();
    let moved = rowcast(&bench, "acme co", &["run", "../next/moved.yaml", "-y"]).code(3);
    assert!(moved.stderr.contains("runs has 1 run of this recipe"), "{}", moved.stderr);
    assert_eq!(sandbox.inbox().total_delivered(), 4);
}

#[test]
fn printed_commands_work_where_they_are_printed() {
    let sandbox = sandbox(&["131026=100%"]);
    let bench = acme(sandbox.url());
    fs::create_dir(bench.path().join("acme co/recipes")).unwrap();
    for (folder, flag) in [("cron", " --runs-dir '../acme co/runs'"), ("acme co/recipes", ""), ("acme co", "")] {
        let recipe = bench.path().join("acme co/r.yaml").display().to_string();
        let run = rowcast(&bench, folder, &["run", &recipe, "-y", "--again"]).code(4);
        let next = run.stderr.lines().find_map(|line| line.strip_prefix("next")).unwrap().trim();
        let command = next.split_once('#').map_or(next, |(command, _)| command).trim();
        assert!(command.starts_with("rowcast ") && command.ends_with(flag), "{command}");
        assert_eq!(command.contains("--runs-dir"), !flag.is_empty(), "{command}");
        let again = typed(&bench, folder, &format!("{command} -y"));
        assert_eq!(again.code, 4, "{command}: {}", again.stderr);
        assert!(again.stderr.contains("3 rows = 3 rejected"), "{}", again.stderr);
        let lost = typed(&bench, folder, &format!("rowcast show none{flag}")).code(3);
        assert!(
            typed(&bench, folder, printed(&lost.stderr)[1]).code(0).stdout.contains("3 rejected"),
            "{}",
            lost.stderr
        );
    }
}

#[test]
fn a_resumed_run_finds_the_token_of_its_project() {
    let refusing = sandbox(&["131026=100%"]);
    let bench = acme(refusing.url());
    rowcast(&bench, "cron", &["run", "../acme co/r.yaml", "-y"]).code(4);
    fs::rename(bench.path().join("acme co/r.yaml"), bench.path().join("acme co/gone.yaml")).unwrap();
    let again = ["retry", "--rejected", "-y", "--runs-dir", "../acme co/runs"];
    rowcast(&bench, "cron", &again).code(4);
    assert_eq!(refusing.inbox().total_requests(), 6);
}

#[test]
fn a_folder_that_is_reached_over_a_link_is_one_project() {
    let sandbox = sandbox(&[]);
    let bench = acme(sandbox.url());
    symlink(bench.path().join("acme co"), bench.path().join("link")).unwrap();
    rowcast(&bench, ".", &["run", "link/r.yaml", "-y"]).code(0);
    rowcast(&bench, "cron", &["run", "../acme co/r.yaml", "-y"]).code(0);
    // Recipes that are elsewhere, linked into the project.
    bench.file("shared/spring.yaml", bench.read("acme co/r.yaml").replace("Hello", "Spring"));
    bench.file("shared/list.csv", list(2));
    symlink(bench.path().join("shared"), bench.path().join("acme co/recipes")).unwrap();
    rowcast(&bench, "cron", &["run", "../acme co/recipes/spring.yaml", "-y"]).code(0);
    rowcast(&bench, "acme co", &["run", "recipes/spring.yaml", "-y"]).code(0);
    assert_eq!((runs_in(&bench, "acme co/runs"), sandbox.inbox().total_delivered()), (2, 5));
}

#[test]
fn a_recipe_from_a_pipe_belongs_to_the_working_folder() {
    let sandbox = sandbox(&[]);
    let bench = acme(sandbox.url());
    let line = "cat '../acme co/r.yaml' | rowcast run /dev/stdin -y -d '../acme co/list.csv' \
                --connections '../acme co/connections.yaml' --env-file '../acme co/.env'";
    typed(&bench, "cron", line).code(0);
    assert_eq!((runs_in(&bench, "cron/runs"), sandbox.inbox().total_delivered()), (1, 3));
}

#[test]
fn a_strangers_file_in_a_folder_above_is_not_read() {
    let sandbox = sandbox(&[]);
    let bench = acme(sandbox.url());
    let (recipes, file) = ("acme co/recipes", bench.path().join("acme co/connections.yaml"));
    bench.file("acme co/recipes/r.yaml", bench.read("acme co/r.yaml").replace("list.csv", "../list.csv"));
    // Only root may give a file away.
    if chown(&file, Some(1), None).is_err() {
        return;
    }
    let refused = rowcast(&bench, recipes, &["run", "r.yaml", "-y"]).code(3);
    assert!(refused.stderr.contains("belongs to another user"), "{}", refused.stderr);
    let flag = printed(&refused.stderr)[0];
    chown(bench.path().join("acme co/.env"), Some(1), None).unwrap();
    let refused = typed(&bench, recipes, &format!("rowcast run r.yaml -y {flag}")).code(3);
    let other = printed(&refused.stderr)[0];
    assert_eq!((flag, other), ("--connections ../connections.yaml", "--env-file ../.env"));
    assert_eq!(sandbox.inbox().total_requests(), 0);
    typed(&bench, recipes, &format!("rowcast run r.yaml -y {flag} {other}")).code(0);
    assert_eq!(sandbox.inbox().total_delivered(), 3);
}

#[test]
fn a_project_that_cannot_be_written_names_the_way_out() {
    let sandbox = sandbox(&[]);
    let bench = acme(sandbox.url());
    symlink("/proc/nothing", bench.path().join("acme co/runs")).unwrap();
    let refused = rowcast(&bench, "cron", &["run", "../acme co/r.yaml", "-y"]).code(3);
    assert!(refused.stderr.contains("acme co/runs") && refused.stderr.contains("--runs-dir"), "{}", refused.stderr);
    assert_eq!(sandbox.inbox().total_requests(), 0);
}
