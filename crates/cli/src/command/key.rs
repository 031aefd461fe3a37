//! `edge-login key`: the steps of a signing key's life.

use std::path::Path;

use serde::Serialize;

use crate::{
    args::{KeyCommand, KeysFile},
    error::Error,
    output::Output,
    signing_keys::{Algorithm, SigningKeys, State},
};

/// What was done to a key, and what to type next.
#[derive(Serialize)]
struct Step {
    done: String,
    next: Vec<String>,
}

#[derive(Serialize)]
struct Listed<'a> {
    kid: &'a str,
    alg: Algorithm,
    state: State,
}

pub(super) fn key(command: &KeyCommand, output: &Output) -> Result<(), Error> {
    let step = match command {
        KeyCommand::New { algorithm, keys } => new(*algorithm, keys)?,
        KeyCommand::Use { kid, keys } => promote(kid.as_deref(), keys)?,
        KeyCommand::Revoke { kid, keys } => revoke(kid, keys)?,
        KeyCommand::List { keys } => return list(keys, output),
    };
    Ok(output.answer(&step, || format!("{}\n\n{}", step.done, step.next.join("\n")))?)
}

fn new(algorithm: Algorithm, KeysFile { file }: &KeysFile) -> Result<Step, Error> {
    let mut keys = SigningKeys::read(file)?;
    let kid = keys.add(algorithm)?.to_owned();
    keys.write(file)?;
    Ok(Step {
        done: format!(
            "The key {kid} is on standby in {}. Keep this file: the secret can't be read back.",
            file.display()
        ),
        next: vec![
            "Publish it:".to_owned(),
            upload(file),
            "Ten minutes later every service can know it. Then make it sign:".to_owned(),
            format!("  edge-login key use {kid}{}", option(file)),
        ],
    })
}

fn promote(kid: Option<&str>, KeysFile { file }: &KeysFile) -> Result<Step, Error> {
    let mut keys = SigningKeys::read(file)?;
    let (kid, before) = keys.promote(kid)?;
    keys.write(file)?;
    let mut next = vec!["If it was published at least ten minutes ago, make it sign:".to_owned(), upload(file)];
    next.extend(before.iter().flat_map(|before| {
        [
            "Once ACCESS_TOKEN_EXPIRE_MINUTES have passed, no token of the key before is left:".to_owned(),
            format!("  edge-login key revoke {before}{}", option(file)),
        ]
    }));
    let before = before.map_or("HS256 signed before.".to_owned(), |before| format!("{before} still verifies."));
    Ok(Step { done: format!("The key {kid} is the current one in {}. {before}", file.display()), next })
}

fn revoke(kid: &str, KeysFile { file }: &KeysFile) -> Result<Step, Error> {
    let mut keys = SigningKeys::read(file)?;
    let before = keys.revoke(kid)?;
    keys.write(file)?;
    let mut next = Vec::new();
    if before == State::Current {
        next.push(
            "It signed, and without another key HS256 will. If a key is on standby, make it sign first:".to_owned(),
        );
        next.push(format!("  edge-login key use{}", option(file)));
    }
    next.push("Take it from the published ones, which ends its tokens here:".to_owned());
    next.push(upload(file));
    next.push("Services that keep the keys may take its tokens for up to ten minutes more.".to_owned());
    Ok(Step { done: format!("The key {kid} is revoked in {}.", file.display()), next })
}

fn list(KeysFile { file }: &KeysFile, output: &Output) -> Result<(), Error> {
    let keys = SigningKeys::read(file)?;
    let listed: Vec<_> =
        keys.all().iter().map(|key| Listed { kid: &key.kid, alg: key.alg, state: key.state }).collect();
    let line = |key: &Listed| format!("{}  {:?}  {:?}", key.kid, key.alg, key.state).to_lowercase();
    let text = || {
        if listed.is_empty() {
            "there are no keys: HS256 signs".to_owned()
        } else {
            listed.iter().map(line).collect::<Vec<_>>().join("\n")
        }
    };
    Ok(output.answer(&listed, text)?)
}

fn upload(file: &Path) -> String {
    format!("  npx wrangler secret put SIGNING_KEYS < {}", file.display())
}

fn option(file: &Path) -> String {
    if file.as_os_str() == KeysFile::DEFAULT { String::new() } else { format!(" --keys {}", file.display()) }
}
