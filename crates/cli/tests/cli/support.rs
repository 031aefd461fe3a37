//! A project whose wrangler is a script that records what it is given.

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::{Map, Value, json};
use tempfile::TempDir;

pub const HASH: &str = "$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy";

/// Records every file it is given as `given/1`, `given/2`, …, and its arguments in `calls`. It fails from
/// the call whose number is in `fails-from`.
const WRANGLER: &str = r#"#!/bin/sh
here=$(dirname "$0")/../../recorded
mkdir -p "$here/given"
echo "$*" >> "$here/calls"
if [ -f "$here/fails-from" ] && [ "$(wc -l < "$here/calls")" -ge "$(cat "$here/fails-from")" ]; then
  echo '✘ [ERROR] the store is on fire' >&2
  exit 1
fi
for argument in "$@"; do
  if [ -f "$argument" ]; then
    cp "$argument" "$here/given/$(wc -l < "$here/calls" | tr -d ' ')"
    stat -c %a "$argument" >> "$here/modes"
  fi
done
case "$*" in
  *"--file"*) [ ! -f "$here/hangs" ] || exec sleep 10 ;;
esac
case "$*" in
  *"count(*)"*) echo '[{"results":[{"count":0}],"success":true}]' ;;
  *"SELECT"*) cat "$here/rows" 2>/dev/null || echo '[{"results":[],"success":true}]' ;;
  *"key list"*) cat "$here/keys" 2>/dev/null || echo '[]' ;;
  *"--file"*) echo '[]' ;;
  *"bulk get"*) cat "$here/values" 2>/dev/null || echo '{}' ;;
esac
"#;

pub struct Project(TempDir);

impl Project {
    pub fn new(config: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let bin = folder.path().join("node_modules/.bin");
        fs::create_dir_all(&bin).unwrap();
        fs::create_dir_all(folder.path().join("recorded")).unwrap();
        fs::write(folder.path().join("wrangler.toml"), config).unwrap();
        fs::write(bin.join("wrangler"), WRANGLER).unwrap();
        fs::set_permissions(bin.join("wrangler"), fs::Permissions::from_mode(0o755)).unwrap();
        Self(folder)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    fn recorded(&self, name: &str) -> PathBuf {
        self.path().join("recorded").join(name)
    }

    /// The arguments of each call of wrangler.
    pub fn calls(&self) -> Vec<String> {
        fs::read_to_string(self.recorded("calls")).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// The files that wrangler was given, in order.
    pub fn given(&self) -> Vec<String> {
        (1..=self.calls().len())
            .filter_map(|call| fs::read_to_string(self.recorded("given").join(call.to_string())).ok())
            .collect()
    }

    /// The permissions those files had.
    pub fn modes(&self) -> String {
        fs::read_to_string(self.recorded("modes")).unwrap()
    }

    pub fn answers(&self, what: &str, text: &str) {
        fs::write(self.recorded(what), text).unwrap();
    }

    /// Makes KV hold these users, each with the text of its record.
    pub fn kv_holds(&self, users: &[(&str, &str)]) {
        let keys: Vec<_> = users.iter().map(|(name, _)| json!({ "name": format!("user:{name}") })).collect();
        let values: Map<_, _> =
            users.iter().map(|(name, record)| (format!("user:{name}"), json!({ "value": record }))).collect();
        self.answers("keys", &Value::from(keys).to_string());
        self.answers("values", &Value::from(values).to_string());
    }

    pub fn fails_from(&self, call: Option<usize>) {
        match call {
            Some(call) => fs::write(self.recorded("fails-from"), call.to_string()).unwrap(),
            None => fs::remove_file(self.recorded("fails-from")).unwrap(),
        }
    }

    pub fn edge_login(&self, args: &[&str]) -> Output {
        self.edge_login_reading(args, b"")
    }

    /// Starts a command that keeps its temporary files in a folder.
    pub fn start(&self, args: &[&str], temporary: &Path) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_edge-login"));
        command.args(args).current_dir(self.path()).env("TMPDIR", temporary);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    pub fn edge_login_reading(&self, args: &[&str], stdin: &[u8]) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_edge-login"))
            .args(args)
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read may have ended.
        let _ = child.stdin.take().unwrap().write_all(stdin);
        child.wait_with_output().unwrap()
    }
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}
