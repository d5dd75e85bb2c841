//! Conversions from arguments to the application's options.

use crate::app::{CheckOptions, ResumeOptions, RetryOptions, RunOptions, SandboxOptions, SecretOptions, SourceOptions};
use crate::run_folder::Selection;

use super::{BehaviourArgs, CheckArgs, ResumeArgs, RetryArgs, RunArgs, SecretArgs, SourceArgs};

impl From<&SourceArgs> for SourceOptions {
    fn from(args: &SourceArgs) -> Self {
        let selection = &args.selection;
        Self {
            recipe: args.recipe.clone(),
            data: args.data.clone(),
            delimiter: args.delimiter,
            encoding: args.encoding,
            sheet: args.sheet.clone(),
            vars: args.var.clone(),
            connection: args.connection.clone(),
            offline: args.offline,
            secrets: (&args.secrets).into(),
            selection: Selection { only: selection.only.clone(), offset: selection.offset, limit: selection.limit },
        }
    }
}

impl From<&SecretArgs> for SecretOptions {
    fn from(args: &SecretArgs) -> Self {
        Self { connections: args.connections.clone(), env_file: args.env_file.clone() }
    }
}

impl From<&BehaviourArgs> for SandboxOptions {
    fn from(args: &BehaviourArgs) -> Self {
        Self { latency: args.latency, faults: args.fault.clone(), seed: args.seed }
    }
}

impl From<&CheckArgs> for CheckOptions {
    fn from(args: &CheckArgs) -> Self {
        Self {
            source: (&args.source).into(),
            runs_dir: args.runs_dir.clone(),
            skip_invalid: args.skip_invalid,
            approve: args.approve.clone(),
        }
    }
}

impl From<&RunArgs> for RunOptions {
    fn from(args: &RunArgs) -> Self {
        Self {
            source: (&args.source).into(),
            send: args.send.settings(),
            no_wait: args.send.no_wait,
            runs_dir: args.runs_dir.clone(),
            output: args.output.clone(),
            skip_invalid: args.skip_invalid,
            safe_cells: args.safe_cells,
            approved: args.approved.clone(),
            to: args.to.clone(),
            again: args.again,
            sandbox: args.sandbox.then(|| (&args.behaviour).into()),
        }
    }
}

impl From<&ResumeArgs> for ResumeOptions {
    fn from(args: &ResumeArgs) -> Self {
        Self {
            run: args.which.run.clone(),
            runs_dir: args.which.runs_dir.clone(),
            secrets: (&args.secrets).into(),
            offline: args.offline,
            send: args.send.settings(),
            no_wait: args.send.no_wait,
            lost: args.lost,
            behaviour: (&args.behaviour).into(),
        }
    }
}

impl From<&RetryArgs> for RetryOptions {
    fn from(args: &RetryArgs) -> Self {
        Self { rejected: args.rejected, unknown: args.unknown, recipe: args.recipe.clone() }
    }
}
