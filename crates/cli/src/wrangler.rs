//! The project's wrangler, through which both stores are reached.
//!
//! Its arguments hold hashes and usernames, and everyone on a machine can see the arguments of a program. So
//! they are not given as such: Node reads a short script from its standard input, which sets the arguments
//! within the process and then runs wrangler there.

use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    io::{self, BufReader, Read, Seek, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::{Deserialize, de::DeserializeOwned};

const NODE: &str = if cfg!(windows) { "node.cmd" } else { "node" };
const CONFIGS: [&str; 3] = ["wrangler.toml", "wrangler.jsonc", "wrangler.json"];

/// Whether the local store of `wrangler dev` is meant, or the deployed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Local,
    Remote,
}

/// Wrangler in the folder of a project.
#[derive(Debug)]
pub(crate) struct Wrangler {
    pub(crate) project: PathBuf,
    pub(crate) place: Place,
    node: PathBuf,
}

/// Why wrangler did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WranglerError {
    #[error("there is no wrangler.toml in this folder or in a folder above it: change to the project's folder")]
    NoProject,
    #[error("wrangler is not installed: run `npm ci` in the project's folder")]
    NotInstalled,
    #[error("Node, in which wrangler runs, is not installed: see https://nodejs.org")]
    NoNode,
    #[error("wrangler can't be run: {0}")]
    Io(#[from] io::Error),
    #[error("the database lacks a migration: run `npx wrangler d1 migrations apply DB {0}`")]
    NotMigrated(&'static str),
    #[error("wrangler says: {0}")]
    Failed(String),
    #[error("wrangler's answer can't be read: {0}")]
    Misunderstood(#[from] serde_json::Error),
}

#[derive(Deserialize)]
struct Failure {
    error: FailureText,
}

#[derive(Deserialize)]
struct FailureText {
    text: String,
}

impl Wrangler {
    /// Finds the project that a folder belongs to, and its wrangler.
    pub(crate) fn find(folder: &Path, place: Place) -> Result<Self, WranglerError> {
        let is_project = |folder: &&Path| CONFIGS.iter().any(|name| folder.join(name).is_file());
        let project = folder.ancestors().find(is_project).ok_or(WranglerError::NoProject)?.to_owned();
        let installed = project.join("node_modules").join(".bin").join(NODE);
        let node = if installed.exists() { installed } else { "node".into() };
        Ok(Self { project, place, node })
    }

    /// Reads a file of the project. One that isn't there is empty.
    pub(crate) fn read(&self, name: &str) -> io::Result<String> {
        match fs::read_to_string(self.project.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            read => read,
        }
    }

    pub(crate) fn flag(&self) -> &'static str {
        match self.place {
            Place::Local => "--local",
            Place::Remote => "--remote",
        }
    }

    /// Runs wrangler and reads the JSON that it prints.
    pub(crate) fn json<T: DeserializeOwned>(&self, args: &[&str]) -> Result<T, WranglerError> {
        Ok(serde_json::from_reader(self.run(args)?)?)
    }

    /// Runs wrangler to its end and returns what it prints, which is kept in a file because it may be long.
    pub(crate) fn run(&self, args: &[&str]) -> Result<BufReader<File>, WranglerError> {
        let mut printed = tempfile::tempfile()?;
        let mut complaints = tempfile::tempfile()?;
        let mut command = Command::new(&self.node);
        command.args(["--no-warnings", "-"]).current_dir(&self.project).env("PATH", self.path());
        // Makes it print its answers, whatever the environment says.
        command.env("NO_COLOR", "1").env("WRANGLER_LOG", "log");
        command.stdin(Stdio::piped()).stdout(printed.try_clone()?).stderr(complaints.try_clone()?);
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => WranglerError::NoNode,
            _ => error.into(),
        })?;
        if let Some(mut stdin) = child.stdin.take() {
            // If it ends before it has read everything, its exit code and what it printed say why.
            let _ = stdin.write_all(self.script(args)?.as_bytes());
        }
        let status = child.wait()?;
        printed.rewind()?;
        complaints.rewind()?;
        let printed = BufReader::new(printed);
        if status.success() { Ok(printed) } else { Err(self.failed(printed, complaints)) }
    }

    /// Runs wrangler as if it had been started with these arguments.
    fn script(&self, args: &[&str]) -> Result<String, WranglerError> {
        let project = serde_json::to_string(&self.project.join("package.json"))?;
        let args = serde_json::to_string(&[args, &[self.flag()]].concat())?;
        Ok(format!(
            "const {{ createRequire, runMain }} = require('node:module');
            process.argv.splice(1, Infinity, createRequire({project}).resolve('wrangler'), ...{args});
            runMain();"
        ))
    }

    /// The programs of the project come first, because a newer Node may be among them.
    fn path(&self) -> OsString {
        let own = self.project.join("node_modules").join(".bin");
        let inherited = env::var_os("PATH").unwrap_or_default();
        env::join_paths([own].into_iter().chain(env::split_paths(&inherited))).unwrap_or(inherited)
    }

    /// With `--json` an error is JSON too, or else among the lines on standard error.
    fn failed(&self, printed: impl Read, complaints: impl Read) -> WranglerError {
        let mut text = String::new();
        // An error that can't be read is not shown.
        let _ = printed.take(64 * 1024).read_to_string(&mut text);
        let text = if let Ok(Failure { error: FailureText { text } }) = serde_json::from_str(&text) {
            text
        } else {
            let _ = complaints.take(64 * 1024).read_to_string(&mut text);
            if text.contains("Cannot find module 'wrangler'") {
                return WranglerError::NotInstalled;
            }
            complaint(&text)
        };
        if ["no such table", "no such column"].iter().any(|missing| text.contains(missing)) {
            return WranglerError::NotMigrated(self.flag());
        }
        WranglerError::Failed(text)
    }
}

/// The line that says what is wrong, or else the last line.
fn complaint(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = lines.clone().find(|line| line.contains("ERROR"));
    error.or_else(|| lines.next_back()).unwrap_or("nothing").to_owned()
}
