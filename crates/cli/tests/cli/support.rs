//! A project whose wrangler is a script that records what it is given.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

pub const HASH: &str = "$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy";

/// Records every file, and every statement that changes something, as `given/1`, `given/2`, …; its arguments in
/// `calls`; and what others see of them in `seen`. It fails from the call whose number is in `fails-from`.
const WRANGLER: &str = r#"
const fs = require('node:fs');
const here = `${__dirname}/../../recorded/`;
const args = process.argv.slice(2);
const line = args.join(' ');
const has = (text) => line.includes(text);
const answer = (name, otherwise) => {
  const turns = fs.existsSync(`${here}${name}.turns`) ? JSON.parse(fs.readFileSync(`${here}${name}.turns`, 'utf8')) : [];
  const turn = turns.shift();
  if (turn !== undefined) fs.writeFileSync(`${here}${name}.turns`, JSON.stringify(turns));
  process.stdout.write(turn ?? (fs.existsSync(here + name) ? fs.readFileSync(here + name) : otherwise));
};
fs.mkdirSync(`${here}given`, { recursive: true });
fs.appendFileSync(`${here}calls`, `${line.replaceAll('\n', ' ')}\n`);
if (fs.existsSync('/proc/self/cmdline')) fs.appendFileSync(`${here}seen`, fs.readFileSync('/proc/self/cmdline'));
const call = fs.readFileSync(`${here}calls`, 'utf8').split('\n').length - 1;
if (fs.existsSync(`${here}fails-from`) && call >= Number(fs.readFileSync(`${here}fails-from`, 'utf8'))) {
  process.stderr.write('✘ [ERROR] the store is on fire\n');
  process.exit(1);
}
for (const argument of args.filter((argument) => fs.existsSync(argument) && fs.statSync(argument).isFile())) {
  fs.copyFileSync(argument, `${here}given/${call}`);
  fs.appendFileSync(`${here}modes`, `${(fs.statSync(argument).mode & 0o777).toString(8)}\n`);
}
const sql = args[args.indexOf('--command') + 1];
if (has('--command') && !sql.startsWith('SELECT')) fs.writeFileSync(`${here}given/${call}`, sql);
if (has('--file') && fs.existsSync(`${here}hangs`)) setTimeout(() => {}, 10_000);
else if (has('count(*)')) answer('count', '[{"results":[{"count":0}],"success":true}]');
else if (has('SELECT')) answer('rows', '[{"results":[],"success":true}]');
else if (has('key list')) answer('keys', '[]');
else if (has('--file') || has('--command')) answer('done', '[]');
else if (has('bulk get')) answer('values', '{}');
"#;

pub struct Project(TempDir);

impl Project {
    pub fn new(config: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let wrangler = folder.path().join("node_modules/wrangler");
        fs::create_dir_all(&wrangler).unwrap();
        fs::create_dir_all(folder.path().join("recorded")).unwrap();
        fs::write(folder.path().join("wrangler.toml"), config).unwrap();
        fs::write(wrangler.join("index.js"), WRANGLER).unwrap();
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

    /// The command lines that others on the machine could see.
    pub fn seen(&self) -> String {
        fs::read_to_string(self.recorded("seen")).unwrap()
    }

    /// The files and statements that wrangler was given, in order.
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

    /// The last answer is given from then on.
    pub fn answers_in_turn(&self, what: &str, texts: &[String]) {
        self.answers(&format!("{what}.turns"), &json!(texts).to_string());
        self.answers(what, texts.last().unwrap());
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

pub fn table(project: &Project, name: &str, text: &str) {
    fs::write(project.path().join(name), text).unwrap();
}

/// The digest that is stored with a hash that was imported.
pub fn digest(hash: &str) -> String {
    let mut digest = format!("{:x}", Sha256::digest(hash));
    digest.truncate(32);
    digest
}

/// The usernames in the pairs that KV was given.
pub fn usernames(given: &str) -> Vec<String> {
    let pairs: Vec<Value> = serde_json::from_str(given).unwrap();
    pairs.iter().map(|pair| pair["key"].as_str().unwrap()["user:".len()..].to_owned()).collect()
}

/// The batches that KV was given.
pub fn batches(project: &Project) -> Vec<String> {
    project.given().into_iter().filter(|given| given.starts_with("[{")).collect()
}

/// An answer of D1 with these rows.
pub fn results(rows: &[Value]) -> String {
    json!([{ "results": rows }]).to_string()
}

/// Whether a version is one of a change by now: up to 2 s ahead of the clock.
pub fn is_ahead(version: &serde_json::Value) -> bool {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let now = i64::try_from(now).unwrap();
    version.as_i64().is_some_and(|version| version > now - 60_000 && version <= now + 2000)
}
