//! Changes of a user's record: what is asked for, under which condition, and what comes of it. Both stores are changed by
//! [`Change::apply`]: D1 by comparing and setting, Workers KV by the object that is the account's home.

use serde::{Deserialize, Serialize};

use crate::{
    claims::Claims, email::Email, kv::Record, reset::Reset, subject::Subject, username::Username, version::Version,
};

/// A change of one user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The user.
    pub username: Username,
    /// What has to hold for the change to be made.
    pub condition: Condition,
    /// What to change.
    pub edit: Edit,
}

/// What has to hold for a change to be made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Nothing.
    Always,
    /// There is no such user (`If-None-Match: *`).
    Absent,
    /// There is such a user (`If-Match: *`).
    Present,
    /// The record has one of these versions (`If-Match`).
    Version(Vec<i64>),
    /// The user is enabled, and has this hash.
    Hash(String),
    /// No reset was asked for since then, in Unix milliseconds.
    NoResetSince(i64),
    /// A token with this keyed hash may be used to reset the password.
    Reset(String),
}

/// What to change.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// Create the user, or replace the record of the one who is there.
    Put(NewUser),
    /// Change what is given of a user who is there.
    Patch(Patch),
    /// Delete the user.
    Delete,
    /// Another hash of the same password takes the place of the one of a user who is there. The version stays.
    Upgrade(String),
    /// A reset of the password was asked for. The version stays.
    Reset {
        /// The keyed hash of the token's random bits.
        secret: String,
        /// When the token expires, in Unix milliseconds.
        expires_at: i64,
    },
}

/// Everything of a user that is not the store's own.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// The hash.
    pub hash: NewHash,
    /// Whether the user can't log in.
    pub disabled: bool,
    /// The `sub` of the user's tokens, if it isn't the username.
    pub subject: Option<Subject>,
    /// What else the user's tokens carry.
    pub claims: Option<Claims>,
    /// The email address.
    pub email: Option<Email>,
}

/// What is given of a user. Outside, `None` means that it stays; inside, that there is none.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    /// The hash.
    pub hash: Option<NewHash>,
    /// Whether the user can't log in.
    pub disabled: Option<bool>,
    /// The `sub` of the user's tokens.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "double_option")]
    pub subject: Option<Option<Subject>>,
    /// What else the user's tokens carry.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "double_option")]
    pub claims: Option<Option<Claims>>,
    /// The email address.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "double_option")]
    pub email: Option<Option<Email>>,
}

/// A hash that somebody gives.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewHash {
    /// The hash, in any format.
    pub hash: String,
    /// A digest of it, if it comes from another application. As long as that application gives the same hash, the stored
    /// one is kept, because it may be an upgraded one.
    pub digest: Option<String>,
}

/// What a store has of a user.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    /// The record, unless there is no such user.
    pub record: Option<Record>,
    /// The version of the record, or of the deletion if that is remembered.
    pub version: Version,
    /// The email address.
    pub email: Option<Email>,
    /// The reset of the password that was asked for last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<Reset>,
}

/// What a change makes of what is stored.
#[allow(clippy::large_enum_variant, reason = "it is made once a change, and taken apart at once")]
#[derive(Clone, PartialEq, Eq)]
pub enum Applied {
    /// This is to be stored.
    Write {
        /// What to store.
        new: Stored,
        /// What to answer then.
        outcome: Outcome,
    },
    /// Nothing is to be stored.
    Nothing(Outcome),
}

/// What came of a change. Versions are in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The user was created.
    Created {
        /// The version of the record.
        version: i64,
    },
    /// The user was changed.
    Changed {
        /// The version of the record.
        version: i64,
    },
    /// What stands beside the record was changed, or the hash was upgraded.
    VersionKept {
        /// The version of the record.
        version: i64,
    },
    /// The user is as it was asked for.
    Unchanged {
        /// The version of the record.
        version: i64,
    },
    /// The user was deleted.
    Deleted {
        /// The version of the deletion.
        version: i64,
    },
    /// There is no such user.
    Missing {
        /// The version of the deletion, if that is remembered.
        deleted: Option<i64>,
    },
    /// The condition does not hold.
    ConditionFailed {
        /// The version of the record, unless there is no such user.
        version: Option<i64>,
    },
}

impl Change {
    /// What the change makes of what is stored. `now` is in Unix milliseconds. Whatever changes the record raises the
    /// version. An email address and a reset are beside the record, and do not. Another hash makes a reset void.
    #[must_use]
    pub fn apply(&self, stored: &Stored, now: i64) -> Applied {
        let current = stored.record.as_ref().map(|_| stored.version.millis());
        if !self.condition.holds(stored, now) {
            return Applied::Nothing(Outcome::ConditionFailed { version: current });
        }
        let Some(record) = &stored.record else {
            let Edit::Put(user) = &self.edit else {
                let deleted = Some(stored.version.millis()).filter(|version| *version > 0);
                return Applied::Nothing(Outcome::Missing { deleted });
            };
            let version = stored.version.after(now);
            let record = Some(user.record(version, now));
            let new = Stored { record, version, email: user.email.clone(), reset: None };
            return Applied::Write { new, outcome: Outcome::Created { version: version.millis() } };
        };
        let (edited, email) = match &self.edit {
            Edit::Put(user) => (user.replace(record), user.email.clone()),
            Edit::Patch(patch) => (patch.of(record), patch.email.clone().unwrap_or_else(|| stored.email.clone())),
            Edit::Delete => {
                let version = stored.version.after(now);
                let new = Stored { version, ..Stored::default() };
                return Applied::Write { new, outcome: Outcome::Deleted { version: version.millis() } };
            }
            Edit::Reset { secret, expires_at } => {
                let reset = Some(Reset::of(record, secret, now, *expires_at));
                let outcome = Outcome::VersionKept { version: stored.version.millis() };
                return Applied::Write { new: Stored { reset, ..stored.clone() }, outcome };
            }
            Edit::Upgrade(hash) => (Record { password_hash: hash.clone(), ..record.clone() }, stored.email.clone()),
        };
        if edited == *record && email == stored.email {
            return Applied::Nothing(Outcome::Unchanged { version: stored.version.millis() });
        }
        let is_upgrade = matches!(self.edit, Edit::Upgrade(_));
        let is_new_state =
            !is_upgrade && (&edited.password_hash, edited.disabled) != (&record.password_hash, record.disabled);
        let version = if is_upgrade || edited == *record { stored.version } else { stored.version.after(now) };
        let changed_at = if is_new_state { (now / 1000).into() } else { edited.changed_at };
        let reset = stored.reset.clone().filter(|_| edited.password_hash == record.password_hash);
        let new = Stored { record: Some(Record { changed_at, version, ..edited }), version, email, reset };
        let outcome = match version.millis() {
            version if version == stored.version.millis() => Outcome::VersionKept { version },
            version => Outcome::Changed { version },
        };
        Applied::Write { new, outcome }
    }
}

impl Condition {
    fn holds(&self, Stored { record, version, reset, .. }: &Stored, now: i64) -> bool {
        match (self, record) {
            (Self::Always, _) | (Self::Absent, None) | (Self::Present, Some(_)) => true,
            (Self::Version(versions), Some(_)) => versions.contains(&version.millis()),
            (Self::NoResetSince(since), _) => reset.as_ref().is_none_or(|reset| reset.asked_at <= *since),
            (Self::Reset(secret), Some(record)) => {
                reset.as_ref().is_some_and(|reset| reset.admits(secret, record, now))
            }
            (Self::Hash(hash), Some(record)) => !record.disabled && record.password_hash == *hash,
            _ => false,
        }
    }
}

impl NewUser {
    fn record(&self, version: Version, now: i64) -> Record {
        Record {
            password_hash: self.hash.hash.clone(),
            disabled: self.disabled,
            subject: self.subject.clone(),
            claims: self.claims.clone(),
            imported_hash: self.hash.digest.clone(),
            created_at: (now / 1000).into(),
            changed_at: (now / 1000).into(),
            version,
        }
    }

    fn replace(&self, record: &Record) -> Record {
        let Self { hash, disabled, subject, claims, .. } = self.clone();
        let patch = Patch {
            hash: Some(hash),
            disabled: Some(disabled),
            subject: Some(subject),
            claims: Some(claims),
            email: None,
        };
        patch.of(record)
    }
}

impl Patch {
    /// The record with what is given. Its version and times stay.
    fn of(&self, record: &Record) -> Record {
        let mut record = record.clone();
        if let Some(NewHash { hash, digest }) = &self.hash {
            let is_known = digest.is_some() && record.imported_hash == *digest;
            if !is_known && record.password_hash != *hash {
                record.password_hash.clone_from(hash);
            }
            // A password that was set here is not in the other application's table: its digest stays.
            if digest.is_some() {
                record.imported_hash.clone_from(digest);
            }
        }
        record.disabled = self.disabled.unwrap_or(record.disabled);
        if let Some(subject) = &self.subject {
            record.subject.clone_from(subject);
        }
        if let Some(claims) = &self.claims {
            record.claims.clone_from(claims);
        }
        record
    }
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change").field("username", &self.username).finish_non_exhaustive()
    }
}

/// Tells a member that is `null` from one that is absent.
pub mod double_option {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Reads a member that is there.
    ///
    /// # Errors
    /// The value is neither `null` nor of this type.
    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
        Option::deserialize(from).map(Some)
    }

    /// Writes a member.
    ///
    /// # Errors
    /// The value can't be written.
    #[allow(clippy::ref_option, reason = "Serde passes a reference")]
    pub fn serialize<T: Serialize, S: Serializer>(value: &Option<Option<T>>, to: S) -> Result<S::Ok, S::Error> {
        value.serialize(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_764_040_000_000;

    fn change(condition: Condition, edit: Edit) -> Change {
        Change { username: Username::parse("alice").unwrap(), condition, edit }
    }

    fn hash(hash: &str, digest: Option<&str>) -> NewHash {
        NewHash { hash: hash.to_owned(), digest: digest.map(str::to_owned) }
    }

    fn user(hash: NewHash) -> NewUser {
        NewUser { hash, disabled: false, subject: None, claims: None, email: None }
    }

    fn put(name: &str) -> Edit {
        Edit::Put(user(hash(name, None)))
    }

    fn written(change: &Change, stored: &Stored, now: i64) -> (Stored, Outcome) {
        match change.apply(stored, now) {
            Applied::Write { new, outcome } => (new, outcome),
            Applied::Nothing(outcome) => panic!("nothing was written: {outcome:?}"),
        }
    }

    fn outcome(change: &Change, stored: &Stored) -> Outcome {
        match change.apply(stored, NOW) {
            Applied::Nothing(outcome) => outcome,
            Applied::Write { outcome, .. } => panic!("{outcome:?} was written"),
        }
    }

    fn alice() -> Stored {
        written(&change(Condition::Always, put("old")), &Stored::default(), NOW).0
    }

    #[test]
    fn a_user_is_created_replaced_and_deleted_and_the_version_always_rises() {
        let (stored, created) = written(&change(Condition::Absent, put("old")), &Stored::default(), NOW);
        assert_eq!(created, Outcome::Created { version: NOW + 2000 });
        // The clock stands still.
        let (stored, changed) = written(&change(Condition::Always, put("new")), &stored, NOW);
        assert_eq!(changed, Outcome::Changed { version: NOW + 2001 });
        let (stored, deleted) = written(&change(Condition::Present, Edit::Delete), &stored, NOW);
        assert_eq!(deleted, Outcome::Deleted { version: NOW + 2002 });
        assert!(stored.record.is_none());
        assert_eq!(
            outcome(&change(Condition::Always, Edit::Delete), &stored),
            Outcome::Missing { deleted: Some(NOW + 2002) }
        );
        let (_, created) = written(&change(Condition::Absent, put("old")), &stored, NOW);
        assert_eq!(created, Outcome::Created { version: NOW + 2003 });
        assert_eq!(
            outcome(&change(Condition::Always, Edit::Patch(Patch::default())), &Stored::default()),
            Outcome::Missing { deleted: None }
        );
    }

    #[test]
    fn a_condition_that_does_not_hold_changes_nothing() {
        let alice = alice();
        let version = alice.version.millis();
        for (condition, stored) in [
            (Condition::Absent, &alice),
            (Condition::Version(vec![version - 1, version + 1]), &alice),
            (Condition::Hash("other".to_owned()), &alice),
        ] {
            let failed = Outcome::ConditionFailed { version: Some(version) };
            assert_eq!(outcome(&change(condition, put("new")), stored), failed);
        }
        for condition in [Condition::Present, Condition::Version(vec![0]), Condition::Hash("old".to_owned())] {
            let failed = Outcome::ConditionFailed { version: None };
            assert_eq!(outcome(&change(condition, put("new")), &Stored::default()), failed);
        }
        let disable = Edit::Patch(Patch { disabled: Some(true), ..Patch::default() });
        let (disabled, _) = written(&change(Condition::Version(vec![version]), disable), &alice, NOW);
        let by_user = change(Condition::Hash("old".to_owned()), put("new"));
        assert!(matches!(outcome(&by_user, &disabled), Outcome::ConditionFailed { .. }));
        written(&by_user, &alice, NOW);
    }

    #[test]
    fn a_patch_changes_what_is_given() {
        let subject = Subject::try_from("42".to_owned()).unwrap();
        let claims = Claims::parse(r#"{"role":"admin"}"#).unwrap();
        let email = Email::try_from("alice@example.com".to_owned()).unwrap();
        let all = NewUser {
            subject: Some(subject.clone()),
            claims: Some(claims.clone()),
            email: Some(email.clone()),
            ..user(hash("old", None))
        };
        let (alice, _) = written(&change(Condition::Always, Edit::Put(all)), &Stored::default(), NOW);
        let patched = |patch| written(&change(Condition::Always, Edit::Patch(patch)), &alice, NOW + 9000).0;
        let record = patched(Patch { claims: Some(None), ..Patch::default() }).record.unwrap();
        assert_eq!((record.subject, record.claims, record.password_hash.as_str()), (Some(subject), None, "old"));
        // The password is still the same.
        assert_eq!(record.changed_at, NOW / 1000);
        let record = patched(Patch { disabled: Some(true), ..Patch::default() }).record.unwrap();
        assert_eq!((record.disabled, record.claims, record.changed_at), (true, Some(claims), (NOW / 1000 + 9).into()));
        // An address is beside the record.
        let without = patched(Patch { email: Some(None), ..Patch::default() });
        assert_eq!((without.version, without.email.as_ref()), (alice.version, None));
        assert_eq!(patched(Patch { disabled: Some(true), ..Patch::default() }).email, Some(email));
        // A record that is replaced keeps nothing but the time of its creation.
        let (replaced, _) = written(&change(Condition::Always, put("old")), &alice, NOW + 9000);
        let record = replaced.record.unwrap();
        assert_eq!((record.subject, record.claims, replaced.email), (None, None, None));
        assert_eq!(record.created_at, NOW / 1000);
    }

    #[test]
    fn what_is_as_it_was_asked_for_stays() {
        let alice = alice();
        let version = alice.version.millis();
        for edit in [
            put("old"),
            Edit::Patch(Patch::default()),
            Edit::Patch(Patch { disabled: Some(false), ..Patch::default() }),
        ] {
            assert_eq!(outcome(&change(Condition::Always, edit), &alice), Outcome::Unchanged { version });
        }
    }

    #[test]
    fn a_hash_that_was_upgraded_here_is_kept_until_another_is_given() {
        let edit = |name, digest| change(Condition::Always, Edit::Put(user(hash(name, Some(digest)))));
        let (mut stored, _) = written(&edit("bcrypt 1", "1"), &Stored::default(), NOW);
        stored.record.as_mut().unwrap().password_hash = "argon2".to_owned();
        assert!(matches!(outcome(&edit("bcrypt 1", "1"), &stored), Outcome::Unchanged { .. }));
        let (stored, _) = written(&edit("bcrypt 2", "2"), &stored, NOW);
        let record = stored.record.unwrap();
        assert_eq!((record.password_hash.as_str(), record.imported_hash.as_deref()), ("bcrypt 2", Some("2")));
    }

    #[test]
    fn an_upgrade_changes_the_hash_and_nothing_else() {
        let alice = alice();
        let upgrade = change(Condition::Hash("old".to_owned()), Edit::Upgrade("argon2".to_owned()));
        let (upgraded, outcome) = written(&upgrade, &alice, NOW + 9000);
        assert_eq!(outcome, Outcome::VersionKept { version: alice.version.millis() });
        let record = Record { password_hash: "old".to_owned(), ..upgraded.record.clone().unwrap() };
        assert!(Stored { record: Some(record), ..upgraded.clone() } == alice);
        assert!(matches!(upgrade.apply(&upgraded, NOW), Applied::Nothing(Outcome::ConditionFailed { .. })));
    }

    #[test]
    fn a_change_is_read_as_it_was_written() {
        for edit in [
            put("old"),
            Edit::Delete,
            Edit::Patch(Patch { subject: Some(None), ..Patch::default() }),
            Edit::Patch(Patch { disabled: Some(true), ..Patch::default() }),
        ] {
            for condition in [Condition::Absent, Condition::Version(vec![7]), Condition::Hash("x".to_owned())] {
                let change = change(condition, edit.clone());
                let json = serde_json::to_string(&change).unwrap();
                assert_eq!(serde_json::from_str::<Change>(&json).unwrap(), change, "{json}");
            }
        }
    }
}
