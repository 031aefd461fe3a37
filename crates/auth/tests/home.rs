//! The home of accounts in Workers KV: what it records, tells the guards, and writes.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use accounts::{
    Email, Username,
    change::{Change, Condition, Edit, NewHash, NewUser, Outcome, Patch, Stored},
};
use guard::{
    home::{Begun, Home, RecordWrite, Task, Write},
    session::{Newest, RecordChange},
    sql::Sql,
};
use support::{SECRET, Sqlite, config_with};

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const START: i64 = 1_764_040_000_000;

fn alice() -> Username {
    Username::parse("alice").unwrap()
}

fn change(condition: Condition, edit: Edit) -> Change {
    Change { username: alice(), condition, edit }
}

fn put(hash: &str, email: Option<&str>) -> Change {
    let hash = NewHash { hash: hash.to_owned(), digest: None };
    let email = email.map(|email| Email::try_from(email.to_owned()).unwrap());
    change(Condition::Always, Edit::Put(NewUser { hash, disabled: false, subject: None, claims: None, email }))
}

fn upgrade(old: &str, new: &str) -> Change {
    change(Condition::Hash(old.to_owned()), Edit::Upgrade(new.to_owned()))
}

/// What KV has of a user with this hash.
fn copy(hash: &str, version: i64) -> Stored {
    let record = accounts::kv::Record::parse(&format!(r#"{{"password_hash":"{hash}","version":{version}}}"#)).unwrap();
    Stored { version: record.version, record: Some(record), email: None, reset: None }
}

fn open(sqlite: &Sqlite) -> Home<&Sqlite> {
    Home::open(sqlite).unwrap()
}

fn begin(home: &Home<&Sqlite>, change: &Change, copy: Stored, now: i64) -> Begun {
    home.begin_with(copy, change, now).unwrap()
}

/// The only task that is due.
fn task(home: &Home<&Sqlite>, now: i64) -> Task {
    let mut due = home.due(now).unwrap();
    assert_eq!(due.len(), 1);
    due.remove(0)
}

fn hash_of(change: Option<&RecordChange>) -> Option<String> {
    match &change?.newest {
        Newest::Record(record) => Some(accounts::kv::Record::parse(record).unwrap().password_hash),
        newest => Some(format!("{newest:?}")),
    }
}

fn written(task: &Task) -> Option<String> {
    match task.write.as_ref()?.record.as_ref()? {
        RecordWrite::Put { record, .. } => Some(accounts::kv::Record::parse(record).unwrap().password_hash),
        RecordWrite::Delete => Some("Deleted".to_owned()),
    }
}

#[test]
fn a_change_is_told_then_written_then_kept_for_an_hour() {
    let sqlite = Sqlite::default();
    let home = open(&sqlite);
    assert!(home.begin(&put("new", None), START).unwrap().is_none(), "the home does not know the user");
    let Begun { outcome, tell } = begin(&home, &put("new", None), copy("old", 7), START);
    let version = START + 2 * SECOND;
    assert_eq!(outcome, Outcome::Changed { version });
    assert_eq!((tell.as_ref().unwrap().version, hash_of(tell.as_ref())), (version, Some("new".to_owned())));
    assert_eq!(home.next_due().unwrap(), Some(START + 5 * SECOND), "until then the request tells the guards");
    home.told(&alice(), version, START + 300).unwrap();
    assert_eq!(home.next_due().unwrap(), Some(START + 300));
    let task = task(&home, START + 300);
    assert!(task.tell.is_none());
    assert_eq!(written(&task).as_deref(), Some("new"));
    home.finished(&task, START + 400).unwrap();
    assert!(home.due(START + HOUR + 399).unwrap().is_empty());
    let read = |home: &Home<&Sqlite>| home.read_with(copy("old", 7), &alice(), START).unwrap().0.version.millis();
    assert_eq!(read(&home), version, "KV's copies lag");
    assert!(home.due(START + HOUR + 400).unwrap().is_empty());
    assert_eq!((read(&home), home.next_due()), (7, Ok(None)));
}

#[test]
fn everything_survives_a_restart_and_what_the_home_knows_counts_more_than_a_copy() {
    let sqlite = Sqlite::default();
    begin(&open(&sqlite), &put("new", Some("a@example.com")), copy("old", 7), START);
    let home = open(&sqlite);
    let (stored, tell) = home.read(&alice()).unwrap().unwrap();
    assert_eq!(stored.email.unwrap().as_str(), "a@example.com");
    assert!(tell.is_some(), "the guards may not know yet");
    let by_user = change(Condition::Hash("old".to_owned()), put("other", None).edit);
    let Begun { outcome, tell } = begin(&home, &by_user, copy("old", 7), START + SECOND);
    assert_eq!(outcome, Outcome::ConditionFailed { version: Some(START + 2 * SECOND) });
    assert!(tell.is_some(), "what is answered is to hold everywhere");
    let task = task(&home, START + 5 * SECOND);
    assert_eq!((hash_of(task.tell.as_ref()), written(&task)), (Some("new".to_owned()), Some("new".to_owned())));
}

#[test]
fn a_deletion_and_a_user_of_the_same_name_have_rising_versions() {
    let sqlite = Sqlite::default();
    let home = open(&sqlite);
    let far = START + 9 * HOUR;
    let delete = change(Condition::Present, Edit::Delete);
    let Begun { outcome, tell } = begin(&home, &delete, copy("old", far), START);
    assert_eq!((outcome, hash_of(tell.as_ref())), (Outcome::Deleted { version: far + 1 }, Some("Deleted".to_owned())));
    let again = home.begin(&change(Condition::Always, Edit::Delete), START).unwrap().unwrap();
    assert_eq!(again.outcome, Outcome::Missing { deleted: Some(far + 1) });
    assert!(again.tell.is_some(), "a deletion that was not answered can be asked for again");
    home.told(&alice(), far + 1, START).unwrap();
    let done = task(&home, START);
    assert_eq!(written(&done).as_deref(), Some("Deleted"));
    home.finished(&done, START).unwrap();
    home.due(START + 2 * HOUR).unwrap();
    // The version is ahead of the clock, so it is not forgotten.
    let Begun { outcome, .. } = begin(&home, &put("new", None), Stored::default(), START + 2 * HOUR);
    assert_eq!(outcome, Outcome::Created { version: far + 2 });
    home.told(&alice(), far + 2, START + 2 * HOUR).unwrap();
    let Write { record, .. } = task(&home, START + 2 * HOUR).write.unwrap();
    assert!(matches!(record, Some(RecordWrite::Put { is_new: true, .. })), "the key's metadata are of another user");
}

#[test]
fn of_several_changes_only_the_last_is_written_and_not_within_a_second() {
    let sqlite = Sqlite::default();
    let home = open(&sqlite);
    let told = |change: &Change, now| {
        let tell = begin(&home, change, copy("old", 0), now).tell.unwrap();
        home.told(&alice(), tell.version, now).unwrap();
    };
    told(&put("1", None), START);
    let first = task(&home, START);
    // While it is written, two more come.
    told(&put("2", None), START + 10);
    told(&put("3", None), START + 20);
    home.finished(&first, START + 100).unwrap();
    assert!(home.due(START + SECOND).unwrap().is_empty());
    assert_eq!(home.next_due().unwrap(), Some(START + 1200));
    let last = task(&home, START + 1200);
    assert_eq!(written(&last).as_deref(), Some("3"));
    home.finished(&last, START + 1300).unwrap();
    assert!(home.due(START + MINUTE).unwrap().is_empty());
}

#[test]
fn a_version_that_was_told_too_late_says_nothing_of_the_next() {
    let sqlite = Sqlite::default();
    let home = open(&sqlite);
    let first = begin(&home, &put("1", None), copy("old", 0), START).tell.unwrap();
    let second = begin(&home, &put("2", None), Stored::default(), START).tell.unwrap();
    home.told(&alice(), first.version, START).unwrap();
    assert_eq!(home.read(&alice()).unwrap().unwrap().1, Some(second));
}

#[test]
fn an_upgrade_needs_no_guard_and_a_changed_password_is_overwritten_by_none() {
    let sqlite = Sqlite::default();
    let home = open(&sqlite);
    let Begun { outcome, tell } = begin(&home, &upgrade("old", "argon2"), copy("old", 7), START);
    assert_eq!((outcome, tell), (Outcome::VersionKept { version: 7 }, None));
    let done = task(&home, START);
    assert_eq!((written(&done).as_deref(), done.tell.is_none()), (Some("argon2"), true));
    home.finished(&done, START).unwrap();
    let Begun { outcome, tell } = begin(&home, &put("new", None), copy("old", 7), START);
    home.told(&alice(), tell.unwrap().version, START).unwrap();
    assert_eq!(outcome, Outcome::Changed { version: START + 2 * SECOND });
    let Begun { outcome, .. } = home.begin(&upgrade("argon2", "another"), START).unwrap().unwrap();
    assert!(matches!(outcome, Outcome::ConditionFailed { .. }));
    // An upgrade long after the change was told is no reason to tell it again, which would end what began since.
    let done = task(&home, START + 2 * SECOND);
    home.finished(&done, START + 2 * SECOND).unwrap();
    let newest = home.read_with(Stored::default(), &alice(), START).unwrap().0;
    let Begun { tell, .. } = begin(&home, &upgrade("new", "argon2"), newest, START + 59 * MINUTE);
    assert_eq!(tell, None);
    assert!(task(&home, START + 95 * MINUTE).tell.is_none());
}

#[test]
fn an_address_is_written_beside_the_record() {
    let sqlite = Sqlite::default();
    let home = open(&sqlite);
    let email = |email: Option<&str>| {
        let email = Some(email.map(|email| Email::try_from(email.to_owned()).unwrap()));
        change(Condition::Always, Edit::Patch(Patch { email, ..Patch::default() }))
    };
    let Begun { outcome, tell } = begin(&home, &email(Some("a@example.com")), copy("old", 7), START);
    assert_eq!((outcome, tell), (Outcome::VersionKept { version: 7 }, None));
    let Write { record, email: address } = task(&home, START).write.unwrap();
    assert!(record.is_none());
    assert_eq!(address.unwrap().unwrap().as_str(), "a@example.com");
    home.begin(&email(None), START).unwrap();
    let Write { record, email: address } = task(&home, START).write.unwrap();
    assert_eq!((record.is_none(), address), (true, Some(None)));
}

#[test]
fn what_fails_is_tried_again_after_pauses_that_grow_and_guards_that_are_about_to_forget_are_told_again() {
    let sqlite = Sqlite::default();
    let home = open(&sqlite);
    let tell = begin(&home, &put("new", None), copy("old", 7), START).tell.unwrap();
    home.told(&alice(), tell.version, START).unwrap();
    let (mut now, mut pauses, mut told) = (START, Vec::new(), START);
    while now < START + 3 * HOUR {
        let failed = task(&home, now);
        if let Some(tell) = &failed.tell {
            home.told(&alice(), tell.version, now).unwrap();
            told = now;
        }
        home.put_off(&failed, now).unwrap();
        let due = home.next_due().unwrap().unwrap();
        pauses.push((due - now) / SECOND);
        now = due;
        assert!(now - told < 45 * MINUTE, "a guard forgets after an hour");
    }
    assert_eq!(pauses[..11], [2, 4, 8, 16, 32, 64, 128, 256, 512, 512, 512]);
    let done = task(&home, now);
    home.finished(&done, now).unwrap();
    assert_eq!(home.next_due().unwrap(), Some(now + HOUR));
    let tell = begin(&home, &put("newer", None), copy("old", 7), now).tell.unwrap();
    home.told(&alice(), tell.version, now).unwrap();
    home.put_off(&task(&home, now + 2 * SECOND), now + 2 * SECOND).unwrap();
    assert_eq!(home.next_due().unwrap(), Some(now + 4 * SECOND), "the pauses begin anew");
}

#[test]
fn kv_may_have_a_change_before_the_last_guard_knows_of_it() {
    let sqlite = Sqlite::default();
    let home = open(&sqlite);
    let tell = begin(&home, &put("new", None), copy("old", 7), START).tell.unwrap();
    let half = task(&home, START + 5 * SECOND);
    home.finished(&half, START + 5 * SECOND).unwrap();
    home.put_off(&half, START + 5 * SECOND).unwrap();
    let half = task(&home, START + 7 * SECOND);
    assert_eq!((half.tell.as_ref(), half.write.is_none()), (Some(&tell), true));
    home.told(&alice(), tell.version, START + 7 * SECOND).unwrap();
    home.finished(&half, START + 7 * SECOND).unwrap();
    assert!(home.due(START + HOUR).unwrap().is_empty());
    assert!(home.due(START + HOUR + 7 * SECOND).unwrap().is_empty());
    assert_eq!(home.next_due(), Ok(None));
}

#[test]
fn what_somebody_wrote_around_the_home_counts_by_its_version_and_stops_an_upgrade() {
    let sqlite = Sqlite::default();
    let home = open(&sqlite);
    let version = begin(&home, &put("new", None), copy("old", 7), START).tell.unwrap().version;
    let direct = copy("direct", version + 1);
    // As long as KV does not have the change, it is in force.
    assert!(home.begin(&put("new", None), START).unwrap().is_some());
    home.told(&alice(), version, START).unwrap();
    home.finished(&task(&home, START), START).unwrap();
    for other in [Stored::default(), copy("old", 7), direct.clone()] {
        let Begun { outcome, .. } = begin(&home, &upgrade("new", "argon2"), other, START);
        assert_eq!(outcome, Outcome::ConditionFailed { version: None });
    }
    assert_eq!(home.read_with(direct.clone(), &alice(), START).unwrap().0.version.millis(), version + 1);
    let by_user = change(Condition::Hash("direct".to_owned()), put("newest", None).edit);
    let Begun { outcome, .. } = begin(&home, &by_user, direct, START);
    assert_eq!(outcome, Outcome::Changed { version: version + 2 });
}

#[test]
fn a_deletion_around_the_home_counts_once_copies_cannot_be_older_than_the_homes_record() {
    let deleted = Stored::default;
    let is_there = |home: &Home<&Sqlite>, now| home.read_with(deleted(), &alice(), now).unwrap().0.record.is_some();
    let sqlite = Sqlite::default();
    let home = open(&sqlite);
    let version = begin(&home, &put("new", None), copy("old", 7), START).tell.unwrap().version;
    home.told(&alice(), version, START).unwrap();
    assert!(is_there(&home, START + 9 * HOUR), "KV lacks the record");
    home.finished(&task(&home, START), START).unwrap();
    let ask = Edit::Reset { secret: "0f".to_owned(), expires_at: START + 9 * HOUR };
    begin(&home, &change(Condition::Present, ask), copy("new", version), START);
    assert!(is_there(&home, START + HOUR - 1));
    assert!(!is_there(&home, START + HOUR));
    let used = change(Condition::Reset("0f".to_owned()), put("by its link", None).edit);
    let Begun { outcome, .. } = begin(&home, &used, deleted(), START + HOUR);
    assert_eq!(outcome, Outcome::ConditionFailed { version: None }, "the link brings nobody back");
    let Begun { outcome, tell } = begin(&home, &put("another", None), deleted(), START + HOUR);
    assert_eq!(outcome, Outcome::Created { version: START + HOUR + 2 * SECOND });
    assert_eq!(hash_of(tell.as_ref()).as_deref(), Some("another"));

    // All that the home has of this user is the reset.
    let sqlite = Sqlite::default();
    let home = open(&sqlite);
    let ask = Edit::Reset { secret: "0f".to_owned(), expires_at: START + HOUR };
    begin(&home, &change(Condition::Present, ask), copy("old", 7), START);
    assert!(!is_there(&home, START));
}

#[test]
fn many_are_served_some_at_a_time() {
    let sqlite = Sqlite::default();
    let home = open(&sqlite);
    for number in 0..120 {
        let username = Username::parse(&format!("u{number}")).unwrap();
        let change = Change { username: username.clone(), ..put("new", None) };
        let tell = begin(&home, &change, Stored::default(), START + number).tell.unwrap();
        home.told(&username, tell.version, START + number).unwrap();
    }
    let mut parts = Vec::new();
    while let Some(due) = home.next_due().unwrap().filter(|due| *due < START + MINUTE) {
        let tasks = home.due(due.max(START + 200)).unwrap();
        for task in &tasks {
            home.finished(task, START + 200).unwrap();
        }
        parts.push(tasks.len());
    }
    assert_eq!(parts, [50, 50, 20]);
}

#[test]
fn a_database_that_fails_records_nothing() {
    let sqlite = Sqlite::default();
    let home = open(&sqlite);
    for statement in 0..2 {
        sqlite.fails_after.set(Some(statement));
        assert!(home.begin_with(copy("old", 7), &put("new", None), START).is_err(), "statement {statement}");
        sqlite.fails_after.set(None);
        assert!(home.read(&alice()).unwrap().is_none());
    }
    let rows = Sql::query(&&sqlite, "SELECT COUNT(*) FROM users", &[]).unwrap();
    assert_eq!(rows[0].integer(0), Ok(0));
}

#[test]
fn an_account_has_one_home_wherever_its_users_are() {
    let home = |variables: &[(&str, &str)]| {
        let all = [&[("SECRET_KEY", SECRET)], variables].concat();
        let (name, hint) = config_with(&all).home(&alice());
        assert!(name.starts_with("home-"));
        hint
    };
    assert_eq!(home(&[]), "enam");
    assert_eq!(home(&[("GUARD_REGIONS", "weur,enam")]), "weur");
    assert_eq!(home(&[("GUARD_REGIONS", "weur,enam"), ("HOME_REGION", "oc")]), "oc");
    let name = |regions| config_with(&[("SECRET_KEY", SECRET), ("GUARD_REGIONS", regions)]).home(&alice()).0;
    assert_eq!(name("weur"), name("oc,sam"), "another region is no other home");
}

#[test]
fn a_reset_is_kept_until_it_expires_and_neither_told_nor_written() {
    let ask = || {
        change(
            Condition::NoResetSince(START - MINUTE),
            Edit::Reset { secret: "0f".to_owned(), expires_at: START + HOUR },
        )
    };
    let (new, used) = (put("new", None).edit, || Condition::Reset("0f".to_owned()));
    let sqlite = Sqlite::default();
    let Begun { outcome, tell } = begin(&open(&sqlite), &ask(), copy("old", 7), START);
    assert_eq!((outcome, tell), (Outcome::VersionKept { version: 7 }, None));
    let home = open(&sqlite);
    assert_eq!(home.next_due().unwrap(), Some(START + HOUR));
    assert!(home.due(START + HOUR - 1).unwrap().is_empty());
    let again = begin(&home, &ask(), copy("old", 7), START + 59 * SECOND).outcome;
    assert_eq!(again, Outcome::ConditionFailed { version: Some(7) });

    // Somebody wrote another password around the home.
    let around = change(used(), new.clone());
    let Begun { outcome, .. } = begin(&home, &around, copy("other", START + 8), START + MINUTE);
    assert_eq!(outcome, Outcome::ConditionFailed { version: Some(START + 8) });

    let Begun { outcome, tell } = begin(&home, &change(used(), new.clone()), copy("old", 7), START + MINUTE);
    assert_eq!(outcome, Outcome::Changed { version: START + MINUTE + 2 * SECOND });
    assert_eq!(hash_of(tell.as_ref()).as_deref(), Some("new"));
    let Begun { outcome, .. } = home.begin(&change(used(), new), START + MINUTE).unwrap().unwrap();
    assert_eq!(outcome, Outcome::ConditionFailed { version: Some(START + MINUTE + 2 * SECOND) });

    let sqlite = Sqlite::default();
    let home = open(&sqlite);
    begin(&home, &ask(), copy("old", 7), START);
    assert!(home.due(START + HOUR).unwrap().is_empty());
    assert_eq!(home.next_due().unwrap(), None, "it has expired");
}
