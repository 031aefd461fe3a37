//! Sessions in a guard object, beside a model that remembers everything.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use guard::{
    Attempt, BucketNames, Ledger, Policy, Verdict,
    session::{
        Answer, MAX_ENDED, MAX_SESSIONS, NO_RECORD, NewSession, Newest, Question, RecordChange, Refused, TokenName,
    },
};
use passwords::{Password, StoredHash};
use proptest::{collection::vec, prelude::*};
use support::Sqlite;

const SECOND: i64 = 1000;
const LIFETIME: i64 = 3600 * SECOND;
const IDLE: i64 = 1800 * SECOND;
const START: i64 = 1_764_040_000_000;

/// An object, which can be started anew.
struct Object<'a> {
    ledger: Ledger<&'a Sqlite>,
    now: i64,
}

impl Object<'_> {
    fn attempt(&self, account: &str, version: i64, session: Option<NewSession>) -> Verdict {
        let hash = StoredHash::parse("$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy").unwrap();
        let (account, network) = (account.to_owned(), "n".to_owned());
        let buckets = BucketNames { account, network, network_is_known: true, already_counted: false };
        let attempt = Attempt { buckets, hash, password: Password::new("p"), version: Some(version), session };
        attempt.process(&Policy::new(5, 100, 1), &self.ledger, |_, _| Ok(true), self.now).unwrap()
    }

    fn login(&self, account: &str, version: i64, secret: Option<&str>) -> i64 {
        match self.attempt(account, version, secret.map(session)) {
            Verdict::Match { number: Some(number) } => number,
            verdict => panic!("{verdict:?}"),
        }
    }

    fn ask(&self, question: &Question) -> Answer {
        let question = Question::from_message(&question.to_message().unwrap()).unwrap();
        let answer = self.ledger.sessions.answer(&question, self.now).unwrap();
        Answer::from_message(&answer.to_message().unwrap()).unwrap()
    }

    fn is_alive(&self, account: &str, token: &TokenName) -> bool {
        match self.ask(&Question::IsAlive { account: account.to_owned(), token: token.clone() }) {
            Answer::Alive { .. } => true,
            Answer::Dead {} => false,
            answer => panic!("{answer:?}"),
        }
    }

    fn end(&self, account: &str, token: &TokenName) {
        let (account, token) = (account.to_owned(), token.clone());
        assert_eq!(self.ask(&Question::End { account, token, until: self.now + LIFETIME }), Answer::Ended {});
    }

    fn end_all(&self, account: &str, change: Option<RecordChange>) {
        let question = Question::EndAll { account: account.to_owned(), until: self.now + LIFETIME, change };
        assert_eq!(self.ask(&question), Answer::Ended {});
    }

    fn refresh(&self, account: &str, number: i64, generation: u32, secret: &str, network: &str) -> Answer {
        let (account, secret, network) = (account.to_owned(), secret.to_owned(), network.to_owned());
        let question = Question::Refresh { account, number, generation, secret, network, idle: IDLE, tokens: LIFETIME };
        match self.ask(&question) {
            Answer::Refreshed { generation, ends, idle_until, .. } => {
                Answer::Refreshed { generation, ends, idle_until, change: None }
            }
            answer => answer,
        }
    }

    fn sessions(&self, account: &str) -> Vec<i64> {
        match self.ask(&Question::List { account: account.to_owned() }) {
            Answer::Sessions { sessions } => sessions.iter().map(|session| session.number).collect(),
            answer => panic!("{answer:?}"),
        }
    }
}

fn object(sqlite: &Sqlite) -> Object<'_> {
    Object { ledger: Ledger::open(sqlite).unwrap(), now: START }
}

fn changed(version: i64, record: &str) -> RecordChange {
    RecordChange { version, newest: Newest::Record(record.to_owned()) }
}

fn outdated(record: &str) -> Verdict {
    Verdict::Outdated { newest: Newest::Record(record.to_owned()) }
}

fn session(secret: &str) -> NewSession {
    let (secret, network, client) = (secret.to_owned(), "home".to_owned(), "encrypted".to_owned());
    NewSession { secret, network, client, idle: IDLE, lifetime: LIFETIME, tokens: LIFETIME }
}

fn rows(sqlite: &Sqlite) -> i64 {
    sqlite
        .connection
        .query_row("SELECT (SELECT COUNT(*) FROM sessions) + (SELECT COUNT(*) FROM accounts)", [], |row| row.get(0))
        .unwrap()
}

#[derive(Debug, Clone)]
enum Step {
    Login {
        account: usize,
        refreshes: bool,
    },
    /// A token from outside, without `sid`.
    Foreign {
        account: usize,
        age: i64,
    },
    End {
        token: usize,
    },
    EndAll {
        account: usize,
    },
    /// The clock of whoever changes the record may be ahead by so much.
    Change {
        account: usize,
        ahead: i64,
    },
    /// How many generations before the latest one the token is from.
    Refresh {
        session: usize,
        back: u32,
        is_elsewhere: bool,
    },
    /// The clock moves, perhaps back a little.
    Wait {
        millis: i64,
    },
    Restart,
    Sweep,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let account = 0_usize..3;
    let step = prop_oneof![
        4 => (account.clone(), any::<bool>()).prop_map(|(account, refreshes)| Step::Login { account, refreshes }),
        1 => (account.clone(), 0..10 * SECOND).prop_map(|(account, age)| Step::Foreign { account, age }),
        2 => any::<usize>().prop_map(|token| Step::End { token }),
        1 => account.clone().prop_map(|account| Step::EndAll { account }),
        1 => (account, prop_oneof![Just(0), 0..IDLE]).prop_map(|(account, ahead)| Step::Change { account, ahead }),
        4 => (any::<usize>(), 0_u32..3, prop::bool::weighted(0.2))
            .prop_map(|(session, back, is_elsewhere)| Step::Refresh { session, back, is_elsewhere }),
        3 => prop_oneof![-500_i64..500, 0..20 * SECOND, 0..IDLE].prop_map(|millis| Step::Wait { millis }),
        1 => Just(Step::Restart),
        1 => Just(Step::Sweep),
    ];
    vec(step, 1..80)
}

/// A token, and what the model knows of it.
struct Token {
    account: usize,
    name: TokenName,
    expires: i64,
    has_ended: bool,
    session: Option<Session>,
}

/// The whole history of a session.
struct Session {
    /// When each generation was retired, from which network, and whether it came again suspiciously.
    retired: Vec<(i64, bool, bool)>,
    /// How many generations in a row came again suspiciously.
    row: u32,
    idle_until: i64,
    ends: i64,
}

impl Session {
    /// What a client gets for a generation, by the rules as they are written.
    fn present(&mut self, generation: usize, is_elsewhere: bool, now: i64) -> Result<usize, Refused> {
        let current = self.retired.len();
        if generation == current {
            if let Some((last, ..)) = self.retired.last().filter(|(last, ..)| now - last > 10 * SECOND) {
                let before = self.retired.iter().filter(|(at, ..)| last - at <= 10 * SECOND);
                self.row = if before.clone().any(|(.., counted)| *counted) { self.row } else { 0 };
            }
            self.retired.push((now, is_elsewhere, false));
            self.idle_until = (now + IDLE).min(self.ends);
            return Ok(current + 1);
        }
        let (at, from_elsewhere, has_counted) = self.retired[generation];
        let is_late = now - at > 10 * SECOND;
        if is_late && generation + 1 < current {
            return Err(Refused::Reused);
        }
        if !has_counted && (is_late || from_elsewhere != is_elsewhere) {
            self.retired[generation].2 = true;
            self.idle_until = (now + IDLE).min(self.ends);
            self.row += 1;
        }
        if self.row >= 4 {
            return Err(Refused::Shared);
        }
        Ok(current)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn sessions_are_what_a_model_says_whatever_happens(steps in steps()) {
        let sqlite = Sqlite::default();
        let mut object = object(&sqlite);
        let names = ["a", "b", "c"];
        let mut versions = [0_i64; 3];
        let mut tokens: Vec<Token> = Vec::new();
        let mut latest = START;
        for step in steps {
            let now = object.now;
            latest = latest.max(now);
            match step {
                Step::Login { account, refreshes } => {
                    let number = object.login(names[account], versions[account], refreshes.then_some("secret"));
                    let is_taken = |token: &Token| token.account == account && token.name == TokenName::Number(number);
                    prop_assert!(!tokens.iter().any(is_taken));
                    let session = refreshes.then(|| Session { retired: Vec::new(), row: 0, idle_until: now + IDLE, ends: now + LIFETIME });
                    tokens.push(Token { account, name: TokenName::Number(number), expires: now + LIFETIME, has_ended: false, session });
                }
                Step::Foreign { account, age } => {
                    let name = TokenName::Digest { digest: format!("{:032x}", tokens.len()), issued: now - age };
                    let has_ended = !object.is_alive(names[account], &name);
                    tokens.push(Token { account, name, expires: now - age + LIFETIME, has_ended, session: None });
                }
                Step::End { token } if !tokens.is_empty() => {
                    let index = token % tokens.len();
                    let (account, name) = (tokens[index].account, tokens[index].name.clone());
                    object.end(names[account], &name);
                    let ended = tokens.iter_mut().filter(|token| token.account == account && token.name == name);
                    ended.for_each(|token| token.has_ended = true);
                }
                Step::EndAll { account } => {
                    object.end_all(names[account], None);
                    tokens.iter_mut().filter(|token| token.account == account).for_each(|token| token.has_ended = true);
                }
                Step::Change { account, ahead } => {
                    let older = versions[account];
                    versions[account] = (now + ahead + 2 * SECOND).max(older + 1);
                    object.end_all(names[account], Some(changed(versions[account], "record")));
                    prop_assert_eq!(object.attempt(names[account], older, None), outdated("record"));
                    tokens.iter_mut().filter(|token| token.account == account).for_each(|token| token.has_ended = true);
                }
                Step::Refresh { session, back, is_elsewhere } => {
                    let mut with_session: Vec<&mut Token> = tokens.iter_mut().filter(|token| token.session.is_some()).collect();
                    if with_session.is_empty() { continue; }
                    let index = session % with_session.len();
                    let token = with_session.swap_remove(index);
                    let TokenName::Number(number) = token.name else { panic!() };
                    let session = token.session.as_mut().unwrap();
                    let generation = session.retired.len().saturating_sub(back as usize);
                    let network = if is_elsewhere { "elsewhere" } else { "home" };
                    let answer = object.refresh(names[token.account], number, u32::try_from(generation).unwrap(), "secret", network);
                    let expected = if token.has_ended || now >= session.idle_until { Err(Refused::NoSession) } else { session.present(generation, is_elsewhere, now) };
                    match expected {
                        Ok(generation) => prop_assert_eq!(answer, Answer::Refreshed { generation: u32::try_from(generation).unwrap(), ends: session.ends, idle_until: session.idle_until, change: None }),
                        Err(why) => {
                            prop_assert_eq!(answer, Answer::Refused { why });
                            token.has_ended |= why != Refused::NoSession;
                        }
                    }
                }
                Step::Wait { millis } => {
                    let then = (now + millis).max(latest - SECOND / 2);
                    // What has expired may be deleted, or come to life again when the clock goes back.
                    let revives = |end: i64| then < end && end <= now;
                    let mut sessions = tokens.iter().filter_map(|token| token.session.as_ref());
                    let is_revived = |session: &Session| {
                        let retired = session.retired.iter().any(|(at, ..)| revives(at + 10 * SECOND + 1));
                        revives(session.idle_until) || retired
                    };
                    if !sessions.any(is_revived) {
                        object.now = then;
                    }
                }
                Step::Restart => {
                    // It takes longer than the clock may step back.
                    latest += SECOND;
                    object = Object { ledger: Ledger::open(&sqlite).unwrap(), now: latest };
                }
                Step::Sweep => drop(object.ledger.forget(now).unwrap()),
                Step::End { .. } => {}
            }
            for token in tokens.iter().filter(|token| token.expires > object.now) {
                prop_assert_eq!(object.is_alive(names[token.account], &token.name), !token.has_ended, "{:?}", &token.name);
            }
            for (account, name) in names.into_iter().enumerate() {
                let alive = |token: &&Token| token.account == account && !token.has_ended && token.session.as_ref().is_some_and(|session| session.idle_until > object.now);
                prop_assert_eq!(object.sessions(name).len(), tokens.iter().filter(alive).count());
            }
        }
    }
}

#[test]
fn numbers_ahead_of_the_clock_outlive_a_restart() {
    let sqlite = Sqlite::default();
    let mut object = object(&sqlite);
    object.end_all("a", None);
    let numbers = [1, 2].map(|after| {
        let number = object.login("a", 0, None);
        assert_eq!(number, START + 2 * SECOND + after, "everything up to two seconds from now was ended");
        number
    });
    assert!(object.login("b", 0, None) < START + SECOND, "other accounts stay with the clock");
    object = Object { ledger: Ledger::open(&sqlite).unwrap(), now: START };
    assert!(object.login("a", 0, None) > numbers[1]);
    object.end_all("a", None);
    assert!(numbers.iter().all(|number| !object.is_alive("a", &TokenName::Number(*number))));
    object.now = START + 5 * SECOND;
    let before = sqlite.rows_written();
    object.login("a", 0, None);
    assert_eq!(sqlite.rows_written(), before, "the clock has passed them");
}

#[test]
fn a_login_writes_no_row_and_a_logout_one() {
    let sqlite = Sqlite::default();
    let object = object(&sqlite);
    let number = object.login("a", 0, None);
    assert_eq!(rows(&sqlite), 0);
    object.end("a", &TokenName::Number(number));
    object.end("a", &TokenName::Number(number));
    assert_eq!(rows(&sqlite), 1);
}

#[test]
fn the_oldest_of_too_many_sessions_ends() {
    let sqlite = Sqlite::default();
    let object = object(&sqlite);
    let numbers: Vec<i64> = (0..=MAX_SESSIONS).map(|_| object.login("a", 0, Some("secret"))).collect();
    assert_eq!(object.sessions("a").len(), MAX_SESSIONS);
    assert!(!object.is_alive("a", &TokenName::Number(numbers[0])));
    assert!(numbers[1..].iter().all(|number| object.is_alive("a", &TokenName::Number(*number))));
}

#[test]
fn too_many_ended_tokens_become_a_not_before() {
    let sqlite = Sqlite::default();
    let object = object(&sqlite);
    let first = object.login("a", 0, Some("secret"));
    let ended: Vec<i64> = (0..=MAX_ENDED).map(|_| object.login("a", 0, None)).collect();
    let last = object.login("a", 0, Some("secret"));
    for number in &ended {
        object.end("a", &TokenName::Number(*number));
    }
    assert!(ended.iter().all(|number| !object.is_alive("a", &TokenName::Number(*number))));
    assert!(!object.is_alive("a", &TokenName::Number(first)), "it is older than one of them");
    assert!(object.is_alive("a", &TokenName::Number(last)));
    assert_eq!(rows(&sqlite), 2, "the not-before, and the last session");
}

#[test]
fn another_secret_and_an_unknown_generation_change_nothing() {
    let sqlite = Sqlite::default();
    let object = object(&sqlite);
    let number = object.login("a", 0, Some("secret"));
    let before = sqlite.rows_written();
    let refused = Answer::Refused { why: Refused::NoSession };
    assert_eq!(object.refresh("a", number, 0, "another secret", "home"), refused);
    assert_eq!(object.refresh("b", number, 0, "secret", "home"), refused);
    assert_eq!(object.refresh("a", number, 1, "secret", "home"), refused);
    assert_eq!(sqlite.rows_written(), before);
    assert!(matches!(object.refresh("a", number, 0, "secret", "home"), Answer::Refreshed { generation: 1, .. }));
    assert_eq!(sqlite.rows_written(), before + 1);
    for _ in 0..100 {
        assert!(matches!(object.refresh("a", number, 0, "secret", "home"), Answer::Refreshed { generation: 1, .. }));
    }
    assert_eq!(sqlite.rows_written(), before + 1, "a hundred tabs at once write nothing more");
}

#[test]
fn expired_rows_are_deleted() {
    let sqlite = Sqlite::default();
    let mut object = object(&sqlite);
    for account in ["a", "b"] {
        object.login(account, 0, Some("secret"));
        let number = object.login(account, 0, None);
        object.end(account, &TokenName::Number(number));
    }
    object.end_all("c", Some(RecordChange { version: START, newest: Newest::InStore }));
    assert!(object.ledger.forget(object.now).unwrap().is_some());
    assert_eq!(rows(&sqlite), 5);
    object.now += LIFETIME + 2 * SECOND;
    sqlite.connection.execute("DELETE FROM buckets", []).unwrap();
    assert_eq!(object.ledger.forget(object.now).unwrap(), None, "an idle object has no alarm");
    assert_eq!(rows(&sqlite), 0);
}

#[test]
fn a_change_outdates_older_records_for_an_hour() {
    let sqlite = Sqlite::default();
    let mut object = object(&sqlite);
    let version = START + 2 * SECOND;
    object.end_all("a", Some(changed(version, "the record")));
    object.end_all("a", Some(changed(version - 1, "an older one that comes late")));
    for older in [version - 1, NO_RECORD] {
        assert_eq!(object.attempt("a", older, None), outdated("the record"));
    }
    object.login("a", version, None);
    object.now += 3600 * SECOND - 1;
    assert_eq!(object.attempt("a", version - 1, None), outdated("the record"));
    object.now += 1;
    assert!(matches!(object.attempt("a", version - 1, None), Verdict::Match { .. }));
}

#[test]
fn a_deletion_outdates_every_record_and_agrees_with_a_store_that_has_none() {
    let sqlite = Sqlite::default();
    let mut object = object(&sqlite);
    object.end_all("a", Some(changed(START, "a record that is deleted next")));
    object.end_all("a", Some(RecordChange { version: START + 1, newest: Newest::Deleted }));
    assert_eq!(object.attempt("a", START, None), Verdict::Outdated { newest: Newest::Deleted });
    assert!(matches!(object.attempt("a", NO_RECORD, None), Verdict::Match { .. }), "the dummy is verified");
    object = Object { ledger: Ledger::open(&sqlite).unwrap(), now: START };
    assert_eq!(object.attempt("a", START, None), Verdict::Outdated { newest: Newest::Deleted });
    object.end_all("a", Some(changed(START + 2, "a user of the same name")));
    assert_eq!(object.attempt("a", NO_RECORD, None), outdated("a user of the same name"));
}

#[test]
fn who_asks_about_a_token_learns_of_a_record_that_is_newer_than_copies_may_be() {
    let sqlite = Sqlite::default();
    let mut object = object(&sqlite);
    let alive = |object: &Object<'_>, number| {
        let (account, token) = ("a".to_owned(), TokenName::Number(number));
        object.ask(&Question::IsAlive { account, token })
    };
    let refresh = |object: &Object<'_>, number| {
        let (account, secret, network) = ("a".to_owned(), "secret".to_owned(), "home".to_owned());
        let tokens = LIFETIME;
        let question =
            Question::Refresh { account, number, generation: 0, secret, network, idle: 2 * LIFETIME, tokens };
        match object.ask(&question) {
            Answer::Refreshed { change, .. } => change,
            answer => panic!("{answer:?}"),
        }
    };
    object.end_all("a", Some(changed(START, "the record")));
    let number = object.login("a", START, Some("secret"));
    for _ in 0..2 {
        assert_eq!(refresh(&object, number), Some(changed(START, "the record")));
    }
    assert_eq!(alive(&object, number), Answer::Alive { change: Some(changed(START, "the record")) });
    object.now += LIFETIME - 1;
    assert_eq!(alive(&object, number), Answer::Alive { change: Some(changed(START, "the record")) });
    object.now += 1;
    assert_eq!(alive(&object, number), Answer::Alive { change: None }, "an hour has passed");
    // Where the store can be asked, the guard has nothing to say.
    object.end_all("a", Some(RecordChange { version: object.now, newest: Newest::InStore }));
    let number = object.login("a", object.now, None);
    assert_eq!(alive(&object, number), Answer::Alive { change: None });
}

#[test]
fn a_change_that_is_told_again_outdates_for_longer_and_ends_nothing_that_began_since() {
    let sqlite = Sqlite::default();
    let mut object = object(&sqlite);
    let version = START + 2 * SECOND;
    let before = TokenName::Number(object.login("a", 0, None));
    object.end_all("a", Some(changed(version, "the record")));
    let since = TokenName::Number(object.login("a", version, None));
    object.now += 1800 * SECOND;
    object.end_all("a", Some(changed(version, "the record")));
    assert!(object.is_alive("a", &since) && !object.is_alive("a", &before));
    object.now += 1800 * SECOND;
    assert_eq!(object.attempt("a", version - 1, None), outdated("the record"));
    object.end_all("a", Some(changed(version + 1, "another")));
    assert!(!object.is_alive("a", &since));
}

#[test]
fn a_worker_and_an_object_of_the_version_before_understand_each_other() {
    let sqlite = Sqlite::default();
    let object = object(&sqlite);
    let hash = "$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy";
    let message = format!(
        r#"{{"bucketed":{{"account":"a","network":"n","network_is_known":true,"again":false}},"hash":"{hash}","password":"p"}}"#
    );
    object.end_all("a", Some(RecordChange { version: START, newest: Newest::InStore }));
    let attempt = Attempt::from_message(&message).unwrap();
    let verdict = attempt.process(&Policy::new(5, 100, 1), &object.ledger, |_, _| Ok(true), START).unwrap();
    assert_eq!(verdict.to_message().unwrap(), r#"{"verdict":"match"}"#);
    assert_eq!(Verdict::from_message(r#"{"verdict":"match"}"#), Ok(Verdict::Match { number: None }));
}
