//! The configuration. The environment's variables are parsed once, into a value that can't be invalid.

use std::{fmt, ops::RangeInclusive};

use accounts::{SignUpNames, UserStore, Username, UsernameCase};
use chrono::TimeDelta;
use guard::{Policy, Region, Regions, Shards, policy};
use passwords::StoredHash;
use zeroize::Zeroizing;

use crate::{
    http::Origins,
    introspection_clients::IntrospectionClients,
    keys::{EncryptionKey, KeyedHash, MIN_SECRET_BYTES, Mac, RootSecret},
    service_keys::ServiceKeys,
    sign_up_policy::{SignUpPolicy, SignUpSubject},
    signing_key::{SigningKeys, SigningKeysError},
    timing_key::TimingKey,
    token::{TokenKeys, Tokens},
};

/// The environment's variables, parsed and checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where users are kept.
    pub user_store: UserStore,
    /// How usernames are compared.
    pub(crate) username_case: UsernameCase,
    /// The hash that is verified when there is no hash of a user to verify.
    pub(crate) dummy: StoredHash,
    /// Issues access tokens, and verifies them.
    pub tokens: Tokens,
    /// Makes the names of users in the log.
    pub(crate) pseudonyms: KeyedHash,
    /// Makes the names of accounts and networks in the guard's buckets.
    pub(crate) buckets: KeyedHash,
    /// Hashes a username to choose its shard.
    pub(crate) shard_key: KeyedHash,
    /// Encrypts what a session keeps of its client.
    pub(crate) client_key: EncryptionKey,
    /// How accounts are spread over guard objects.
    pub(crate) shards: Shards,
    /// Where the homes of accounts in KV are.
    pub(crate) home_region: Region,
    /// How long sessions with a refresh token live. `None`: there are no refresh tokens.
    pub(crate) refresh: Option<SessionLifetime>,
    /// Signs refresh tokens.
    pub(crate) refresh_key: Mac,
    /// Makes the hashes of refresh tokens' random bits, which the guard keeps.
    pub(crate) refresh_secrets: Mac,
    /// The services that may ask about tokens.
    pub(crate) introspection_clients: IntrospectionClients,
    /// The services that may manage users.
    pub(crate) service_keys: ServiceKeys,
    /// Signs the tokens with which passwords are reset.
    pub(crate) reset_key: Mac,
    /// Makes the hashes of these tokens' random bits, which are kept.
    pub(crate) reset_secrets: Mac,
    /// For how long such a token is good.
    pub(crate) reset_lifetime: TimeDelta,
    /// How strangers become users, if they may.
    pub(crate) sign_up: Option<SignUpPolicy>,
    /// Whether new passwords are looked up among breached ones.
    pub(crate) breach_check: bool,
    /// The key of the operator who may ask how long the parts of a request took.
    pub(crate) timing_key: Option<TimingKey>,
    /// How many failures the guard allows.
    pub policy: Policy,
    /// How many records in KV may get a new hash per day (UTC). D1 needs no such limit.
    pub kv_rehashes_per_day: u32,
    /// The name, in lower case, of the header that holds the client's address.
    pub client_ip_header: String,
    /// Whether the refresh token travels in a cookie, and never in a body.
    pub(crate) refresh_in_cookie: bool,
    /// Whose pages may call the endpoints.
    pub(crate) origins: Origins,
    /// Whether the interactive documentation is served.
    pub(crate) docs: bool,
}

/// How long a session with a refresh token lives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SessionLifetime {
    /// For so long without a refresh.
    pub(crate) idle: TimeDelta,
    /// For so long in all.
    pub(crate) absolute: TimeDelta,
}

/// A variable, as the environment holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Variable {
    /// There is no variable of this name.
    Absent,
    /// A string. An empty one counts as absent.
    Text(String),
    /// A list, an object, or something else that is not a string.
    NotText,
}

/// Which variable is wrong, and how to correct it. The message quotes no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// `SECRET_KEY`, `SECRET_KEY_PREVIOUS`, `ROOT_SECRET` or `TIMING_KEY` can't be a secret.
    #[error(
        "{0} {1}: make one with `openssl rand -hex 32` and store it with `wrangler secret put {0}`, \
         or for local work as a line {0}=… in .dev.vars"
    )]
    Secret(&'static str, WeakSecret),
    /// `SECRET_KEY_PREVIOUS` is set without `ROOT_SECRET`. Old tokens would be good, but what was ended of them would be
    /// kept under names that nobody looks up any more.
    #[error("SECRET_KEY_PREVIOUS needs ROOT_SECRET: type `edge-login secret rotate` for the steps of a rotation")]
    RootSecret,
    /// `SIGN_UP` is none of its values.
    #[error("SIGN_UP is {0:?}, not `off`, `open` or `challenge`")]
    SignUp(String),
    /// `SIGN_UP` asks for a challenge that nobody could check.
    #[error(
        "SIGN_UP is `challenge`, which needs TURNSTILE_SECRET: store it with `wrangler secret put TURNSTILE_SECRET`, or for \
         local work as a line TURNSTILE_SECRET=… in .dev.vars"
    )]
    Turnstile,
    /// `SIGN_UP_NAMES` is not a pattern.
    #[error("SIGN_UP_NAMES is {0:?}, not characters and lengths such as `[a-z0-9._-]{{3,32}}`")]
    SignUpNames(String),
    /// `SIGN_UP_SUBJECT` is neither random nor the username.
    #[error("SIGN_UP_SUBJECT is {0:?}, neither `random` nor `username`")]
    SignUpSubject(String),
    /// `SIGNING_KEYS` is not a list of keys.
    #[error("SIGNING_KEYS {0}")]
    SigningKeys(SigningKeysError),
    /// A variable is not a string.
    #[error("{0} is not a string")]
    NotText(&'static str),
    /// A variable is not a whole number, or is outside its bounds.
    #[error("{name} is {text:?}, not a number from {} to {}", .allowed.start(), .allowed.end())]
    Number {
        /// The variable's name.
        name: &'static str,
        /// The variable's value.
        text: String,
        /// The numbers that are allowed.
        allowed: RangeInclusive<u32>,
    },
    /// `CLIENT_IP_HEADER` is not the name of a header.
    #[error("CLIENT_IP_HEADER is {0:?}, which can't be the name of a header")]
    ClientIpHeader(String),
    /// `CORS_ORIGINS` is not a list of origins.
    #[error(
        "CORS_ORIGINS is {0:?}, not a list of origins as browsers send them, separated by commas: \
         `https://app.example.com`, in lower case, without a path and without the port 443 or 80"
    )]
    CorsOrigins(String),
    /// `DOCS` is neither on nor off.
    #[error("DOCS is {0:?}, neither `on` nor `off`")]
    Docs(String),
    /// A variable that is a switch is neither 0 nor 1.
    #[error("{0} is {1:?}, neither `0` nor `1`")]
    Switch(&'static str, String),
    /// `GUARD_REGIONS` is not a list of regions.
    #[error("GUARD_REGIONS is {0:?}, not a list of afr, apac, enam, oc, sam, weur separated by commas")]
    Regions(String),
    /// `HOME_REGION` is not a region.
    #[error("HOME_REGION is {0:?}, not one of afr, apac, enam, oc, sam, weur")]
    HomeRegion(String),
    /// `INTROSPECTION_CLIENTS` is not a list of names and secrets.
    #[error(
        "INTROSPECTION_CLIENTS is not a list of `id:secret` separated by commas, with secrets of at least \
         {MIN_SECRET_BYTES} bytes: make one with `openssl rand -hex 32`"
    )]
    IntrospectionClients,
    /// `SERVICE_KEYS` is not a list of names and keys.
    #[error(
        "SERVICE_KEYS is not a list of `name:key` or `name:key:read` separated by commas, with keys of at least \
         {MIN_SECRET_BYTES} bytes: make one with `openssl rand -hex 32`"
    )]
    ServiceKeys,
    /// `UNKNOWN_USER_FORMAT` does not name the cost of a hash.
    #[error(
        "UNKNOWN_USER_FORMAT is {0:?}, which does not name the cost of a hash: use `argon2id`, or a value such as \
         `bcrypt-12` that `edge-login user import` prints"
    )]
    UnknownUserFormat(String),
    /// `USER_STORE` does not name a store.
    #[error("USER_STORE is {0:?}, neither `d1` nor `kv`")]
    UserStore(String),
    /// `USERNAME_CASE` does not name a way to compare names.
    #[error("USERNAME_CASE is {0:?}, neither `exact` nor `lower`")]
    UsernameCase(String),
}

/// Why a string can't be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WeakSecret {
    /// It is missing.
    Missing,
    /// It has fewer than 32 bytes, the least that HS256 allows (RFC 7518 §3.2).
    Short,
    /// It was published, contains a placeholder, or repeats a short string.
    Placeholder,
}

impl fmt::Display for WeakSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is missing"),
            Self::Short => write!(f, "is shorter than {MIN_SECRET_BYTES} bytes"),
            Self::Placeholder => f.write_str("is a known placeholder or repeats a short string"),
        }
    }
}

/// Secrets that tutorials published, so everyone knows them.
const PUBLISHED: [&str; 2] = [
    "4ab2fce7a6bd79e1c014396315ed322dd6edb1c5d975c6b74a2904135172c03c",
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
];
/// Parts of the secrets in examples, in lower case and without dashes, underscores or spaces. A random
/// secret does not contain them.
const PLACEHOLDERS: [&str; 5] = ["changethis", "changeme", "yoursecret", "secretkey", "astringsecret"];

/// Guard objects per region.
const DEFAULT_SHARDS: u32 = 64;
/// None: a write to KV can undo a change that was made in the minute before.
const DEFAULT_KV_REHASHES: u32 = 0;
const DEFAULT_LIFETIME_MINUTES: u32 = 24 * 60;
/// None: without refresh tokens a login writes no row.
const DEFAULT_REFRESH_MINUTES: u32 = 0;
/// Thirty days.
const DEFAULT_SESSION_MINUTES: u32 = 30 * 24 * 60;
/// As long as a mail may take, and somebody who reads it.
const DEFAULT_RESET_MINUTES: u32 = 30;
/// A day. Whoever reads the mail later should not find a token that is good.
const MAX_RESET_MINUTES: u32 = 24 * 60;
/// Of a network in a day, and in each region.
const DEFAULT_SIGN_UPS: u32 = 20;
/// Ten years. A longer lifetime is a mistake.
const MAX_LIFETIME_MINUTES: u32 = 10 * 365 * 24 * 60;

/// The binding of the docs' static assets.
pub const ASSETS: &str = "DOCS_ASSETS";

impl Config {
    /// Reads each variable by its name. Absent variables have defaults, except `SECRET_KEY`.
    ///
    /// # Errors
    /// [`ConfigError`] for the first variable that is wrong.
    pub fn parse(variable: impl Fn(&str) -> Variable) -> Result<Self, ConfigError> {
        let has_assets = variable(ASSETS) != Variable::Absent;
        let variable = |name| match variable(name) {
            Variable::Text(text) => Ok(Some(text).filter(|text| !text.is_empty())),
            Variable::Absent => Ok(None),
            Variable::NotText => Err(ConfigError::NotText(name)),
        };
        let secret = |name| {
            let checked = variable(name)?.map(checked_secret).transpose();
            checked.map_err(|weak| ConfigError::Secret(name, weak))
        };
        let secret_key = secret("SECRET_KEY")?.ok_or(ConfigError::Secret("SECRET_KEY", WeakSecret::Missing))?;
        let (root_secret, previous_secret) = (secret("ROOT_SECRET")?, secret("SECRET_KEY_PREVIOUS")?);
        if previous_secret.is_some() && root_secret.is_none() {
            return Err(ConfigError::RootSecret);
        }
        let root = RootSecret::new(root_secret.as_ref().unwrap_or(&secret_key).as_bytes());
        let number = |name, default, allowed| number(name, variable(name)?, default, allowed);
        let regions = regions(variable("GUARD_REGIONS")?)?;
        let turnstile = variable("TURNSTILE_SECRET")?.map(Zeroizing::new);
        Ok(Self {
            user_store: user_store(variable("USER_STORE")?)?,
            username_case: username_case(variable("USERNAME_CASE")?)?,
            policy: Policy::new(
                number("NETWORK_FREE_FAILURES", policy::NETWORK_FREE, 1..=100)?,
                number("ACCOUNT_FREE_FAILURES", policy::ACCOUNT_FREE, 1..=10_000)?,
                regions.count(),
            ),
            dummy: dummy(variable("UNKNOWN_USER_FORMAT")?)?,
            kv_rehashes_per_day: number("KV_UPGRADES_PER_DAY", DEFAULT_KV_REHASHES, 0..=100_000)?,
            client_ip_header: header_name(variable("CLIENT_IP_HEADER")?)?,
            refresh_in_cookie: switch("REFRESH_IN_COOKIE", variable("REFRESH_IN_COOKIE")?.as_deref())?,
            origins: origins(variable("CORS_ORIGINS")?)?,
            docs: docs(variable("DOCS")?.as_deref())? && has_assets,
            refresh: session_lifetime(
                number("REFRESH_TOKEN_EXPIRE_MINUTES", DEFAULT_REFRESH_MINUTES, 0..=MAX_LIFETIME_MINUTES)?,
                number("SESSION_EXPIRE_MINUTES", DEFAULT_SESSION_MINUTES, 1..=MAX_LIFETIME_MINUTES)?,
            ),
            refresh_key: root.mac("edge-login refresh token"),
            refresh_secrets: root.mac("edge-login refresh secret"),
            introspection_clients: introspection_clients(
                variable("INTROSPECTION_CLIENTS")?,
                root.mac("edge-login introspection client"),
            )?,
            service_keys: service_keys(variable("SERVICE_KEYS")?, root.mac("edge-login service key"))?,
            reset_key: root.mac("edge-login reset token"),
            reset_secrets: root.mac("edge-login reset secret"),
            reset_lifetime: TimeDelta::minutes(
                number("RESET_TOKEN_EXPIRE_MINUTES", DEFAULT_RESET_MINUTES, 1..=MAX_RESET_MINUTES)?.into(),
            ),
            sign_up: sign_up(variable("SIGN_UP")?.as_deref(), turnstile.is_some())?.then_some(SignUpPolicy {
                names: sign_up_names(variable("SIGN_UP_NAMES")?)?,
                subject: sign_up_subject(variable("SIGN_UP_SUBJECT")?.as_deref())?,
                per_day: number("SIGN_UPS_PER_DAY", DEFAULT_SIGN_UPS, 1..=100_000)?,
                turnstile,
            }),
            breach_check: switch("BREACH_CHECK", variable("BREACH_CHECK")?.as_deref())?,
            timing_key: secret("TIMING_KEY")?.map(|key| TimingKey::new(&key, root.mac("edge-login timing key"))),
            pseudonyms: root.keyed_hash("edge-login pseudonym"),
            buckets: root.keyed_hash("edge-login bucket"),
            shard_key: root.keyed_hash("edge-login shard"),
            client_key: root.encryption_key("edge-login client"),
            home_region: home_region(variable("HOME_REGION")?, &regions)?,
            shards: Shards { regions, per_region: number("GUARD_SHARDS", DEFAULT_SHARDS, 1..=16_384)? },
            tokens: Tokens {
                keys: TokenKeys {
                    secret: Mac::new(secret_key.as_bytes()),
                    previous_secret: previous_secret.map(|secret| Mac::new(secret.as_bytes())),
                    signing: signing_keys(variable("SIGNING_KEYS")?)?,
                },
                lifetime: TimeDelta::minutes(
                    number("ACCESS_TOKEN_EXPIRE_MINUTES", DEFAULT_LIFETIME_MINUTES, 1..=MAX_LIFETIME_MINUTES)?.into(),
                ),
                issuer: variable("ISSUER")?,
                audience: variable("AUDIENCE")?,
                username_case: username_case(variable("USERNAME_CASE")?)?,
                digests: root.mac("edge-login token"),
            },
        })
    }

    /// The name and the location hint of the object that is the home of an account in KV.
    #[must_use]
    pub fn home(&self, username: &Username) -> (String, &'static str) {
        let shard = self.shards.of(self.shard_key.of(username.as_str()), None);
        (shard.home_name(), self.home_region.hint())
    }

    /// Whether old hashes are replaced at all.
    pub(crate) fn rehashes(&self) -> bool {
        self.user_store == UserStore::D1 || self.kv_rehashes_per_day > 0
    }
}

/// Checks a secret. The key is the string's UTF-8 bytes, as in python-jose and PyJWT.
fn checked_secret(text: String) -> Result<Zeroizing<String>, WeakSecret> {
    let text = Zeroizing::new(text);
    let letters = Zeroizing::new(text.to_lowercase().replace(['-', '_', ' '], ""));
    let is_placeholder = PLACEHOLDERS.iter().any(|placeholder| letters.contains(placeholder));
    if is_placeholder || PUBLISHED.contains(&text.as_str()) || is_repetition(text.as_bytes()) {
        return Err(WeakSecret::Placeholder);
    }
    if text.len() < MIN_SECRET_BYTES {
        return Err(WeakSecret::Short);
    }
    Ok(text)
}

fn signing_keys(json: Option<String>) -> Result<SigningKeys, ConfigError> {
    let Some(json) = json.map(Zeroizing::new) else { return Ok(SigningKeys::default()) };
    SigningKeys::parse(&json).map_err(ConfigError::SigningKeys)
}

/// Whether a string repeats one character or one short string.
fn is_repetition(text: &[u8]) -> bool {
    (1..=text.len() / 2).any(|period| text.iter().zip(text.iter().skip(period)).all(|(byte, later)| byte == later))
}

fn number(
    name: &'static str,
    text: Option<String>,
    default: u32,
    allowed: RangeInclusive<u32>,
) -> Result<u32, ConfigError> {
    let Some(text) = text else { return Ok(default) };
    let number = text.trim().parse().ok().filter(|number| allowed.contains(number));
    number.ok_or(ConfigError::Number { name, text, allowed })
}

fn session_lifetime(idle: u32, absolute: u32) -> Option<SessionLifetime> {
    let minutes = |minutes: u32| TimeDelta::minutes(minutes.into());
    (idle > 0).then(|| SessionLifetime { idle: minutes(idle.min(absolute)), absolute: minutes(absolute) })
}

fn introspection_clients(list: Option<String>, key: Mac) -> Result<IntrospectionClients, ConfigError> {
    let list = Zeroizing::new(list.unwrap_or_default());
    let is_secret = |secret: &str| checked_secret(secret.to_owned()).is_ok();
    IntrospectionClients::parse(&list, key, is_secret).ok_or(ConfigError::IntrospectionClients)
}

fn service_keys(list: Option<String>, key: Mac) -> Result<ServiceKeys, ConfigError> {
    let list = Zeroizing::new(list.unwrap_or_default());
    let is_secret = |secret: &str| checked_secret(secret.to_owned()).is_ok();
    ServiceKeys::parse(&list, key, is_secret).ok_or(ConfigError::ServiceKeys)
}

/// In practice, header names consist of letters, digits, `-` and `_`. RFC 9110 §5.1 allows more.
fn header_name(text: Option<String>) -> Result<String, ConfigError> {
    let name = text.unwrap_or("CF-Connecting-IP".to_owned());
    let fits = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if fits { Ok(name.to_lowercase()) } else { Err(ConfigError::ClientIpHeader(name)) }
}

fn origins(text: Option<String>) -> Result<Origins, ConfigError> {
    let Some(text) = text else { return Ok(Origins::default()) };
    Origins::parse(&text).ok_or(ConfigError::CorsOrigins(text))
}

fn switch(name: &'static str, text: Option<&str>) -> Result<bool, ConfigError> {
    match text {
        None | Some("0") => Ok(false),
        Some("1") => Ok(true),
        Some(other) => Err(ConfigError::Switch(name, other.to_owned())),
    }
}

fn sign_up(text: Option<&str>, has_challenge: bool) -> Result<bool, ConfigError> {
    match text {
        None | Some("off") => Ok(false),
        Some("challenge") if !has_challenge => Err(ConfigError::Turnstile),
        Some("open" | "challenge") => Ok(true),
        Some(other) => Err(ConfigError::SignUp(other.to_owned())),
    }
}

fn sign_up_names(text: Option<String>) -> Result<SignUpNames, ConfigError> {
    let Some(text) = text else { return Ok(SignUpNames::default()) };
    SignUpNames::parse(&text).ok_or(ConfigError::SignUpNames(text))
}

fn sign_up_subject(text: Option<&str>) -> Result<SignUpSubject, ConfigError> {
    match text {
        None | Some("random") => Ok(SignUpSubject::Random),
        Some("username") => Ok(SignUpSubject::Username),
        Some(other) => Err(ConfigError::SignUpSubject(other.to_owned())),
    }
}

fn docs(text: Option<&str>) -> Result<bool, ConfigError> {
    match text {
        None | Some("on") => Ok(true),
        Some("off") => Ok(false),
        Some(other) => Err(ConfigError::Docs(other.to_owned())),
    }
}

fn regions(text: Option<String>) -> Result<Regions, ConfigError> {
    let Some(text) = text else { return Ok(Regions::all()) };
    Regions::parse(&text).ok_or(ConfigError::Regions(text))
}

fn home_region(text: Option<String>, guards: &Regions) -> Result<Region, ConfigError> {
    let Some(text) = text else { return Ok(guards.first()) };
    Region::parse(text.trim()).ok_or(ConfigError::HomeRegion(text))
}

fn dummy(format: Option<String>) -> Result<StoredHash, ConfigError> {
    let Some(format) = format else { return Ok(StoredHash::dummy()) };
    StoredHash::dummy_of(&format).ok_or(ConfigError::UnknownUserFormat(format))
}

fn user_store(text: Option<String>) -> Result<UserStore, ConfigError> {
    let Some(text) = text else { return Ok(UserStore::D1) };
    UserStore::parse(&text).ok_or(ConfigError::UserStore(text))
}

fn username_case(text: Option<String>) -> Result<UsernameCase, ConfigError> {
    let Some(text) = text else { return Ok(UsernameCase::Exact) };
    UsernameCase::parse(&text).ok_or(ConfigError::UsernameCase(text))
}
