//! What a repeated import changes of a user who is there.

use accounts::Account;
use passwords::StoredHash;

use super::row::Row;
use crate::table::Given;

/// What a row makes of a user who is there, or `None` if that is what is stored. A row that can't be used only disables
/// the user, if it says that nobody can log in.
pub(crate) fn wanted(stored: &Account, row: &Row, given: Given) -> Option<Account> {
    match row {
        Ok(account) => updated(stored, account, given),
        Err(refused) => (refused.bars_login && !stored.disabled).then(|| Account { disabled: true, ..stored.clone() }),
    }
}

/// The user as a row has it, or `None` if nothing differs. Columns that the table doesn't have stay as they are.
///
/// The hash is only replaced if the row's hash differs from that of the previous import. Otherwise the password has not
/// changed where the row comes from, and the stored hash may be an upgraded one, or that of a password set here.
fn updated(stored: &Account, row: &Account, given: Given) -> Option<Account> {
    let keeps_hash = stored.password_hash == row.password_hash
        || match &stored.imported_hash {
            Some(_) => stored.imported_hash == row.imported_hash,
            // Nothing is known of a user who was imported before there were such digests, or added here.
            None => is_current(stored) && !is_current(row),
        };
    let new = Account {
        username: stored.username.clone(),
        password_hash: if keeps_hash { &stored.password_hash } else { &row.password_hash }.clone(),
        disabled: if given.disabled { row.disabled } else { stored.disabled },
        subject: if given.subject { &row.subject } else { &stored.subject }.clone(),
        claims: if given.claims { &row.claims } else { &stored.claims }.clone(),
        imported_hash: row.imported_hash.clone(),
        created_at: stored.created_at,
        changed_at: stored.changed_at,
    };
    (new != *stored).then_some(new)
}

fn is_current(account: &Account) -> bool {
    StoredHash::parse(&account.password_hash).is_ok_and(|hash| hash.is_current())
}

#[cfg(test)]
mod tests {
    use accounts::{Claims, Username};

    use super::*;

    const ALL: Given = Given { disabled: true, subject: true, claims: true };
    const CURRENT: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$OOY0GHo6SbXSlO44AAAAAA$p7FY5BJ0aHKyK3Pl7t8scd9pE4lL/v4E/jowMsjbnMQ";

    fn account(hash: &str, imported_hash: Option<&str>) -> Account {
        Account {
            username: Username::parse("alice").unwrap(),
            password_hash: hash.to_owned(),
            disabled: false,
            subject: None,
            claims: None,
            imported_hash: imported_hash.map(str::to_owned),
            created_at: Some(5),
            changed_at: Some(6),
        }
    }

    #[test]
    fn a_hash_is_replaced_only_if_it_changed_where_the_row_comes_from() {
        let hash = |stored: &Account, row: &Account| {
            let updated = updated(stored, row, ALL);
            // A second run changes nothing.
            if let Some(updated) = &updated {
                assert_eq!(super::updated(updated, row, ALL), None);
            }
            updated.map(|updated| updated.password_hash)
        };
        // Nothing happened.
        assert_eq!(hash(&account("bcrypt 1", Some("1")), &account("bcrypt 1", Some("1"))), None);
        // It was upgraded here, or a password was given here.
        assert_eq!(hash(&account(CURRENT, Some("1")), &account("bcrypt 1", Some("1"))), None);
        // The password was changed there, whether or not the old hash was upgraded here.
        assert_eq!(hash(&account("bcrypt 1", Some("1")), &account("bcrypt 2", Some("2"))).unwrap(), "bcrypt 2");
        assert_eq!(hash(&account(CURRENT, Some("1")), &account("bcrypt 2", Some("2"))).unwrap(), "bcrypt 2");
        // Nothing is known: what may have been upgraded is kept, and from now on a change is seen.
        assert_eq!(hash(&account(CURRENT, None), &account("bcrypt 1", Some("1"))).unwrap(), CURRENT);
        assert_eq!(hash(&account("bcrypt 1", None), &account("bcrypt 2", Some("2"))).unwrap(), "bcrypt 2");
        assert_eq!(hash(&account("bcrypt 1", None), &account("bcrypt 1", Some("1"))).unwrap(), "bcrypt 1");
    }

    #[test]
    fn columns_that_a_table_does_not_have_stay() {
        let stored = Account {
            disabled: true,
            subject: Some("1".to_owned().try_into().unwrap()),
            claims: Some(Claims::parse(r#"{"a":1}"#).unwrap()),
            ..account("x", Some("1"))
        };
        let row = Account { created_at: None, changed_at: Some(9), ..account("x", Some("1")) };
        assert_eq!(updated(&stored, &row, Given { disabled: false, subject: false, claims: false }), None);
        assert_eq!(updated(&stored, &row, ALL), Some(account("x", Some("1"))));
        let with = |given| updated(&stored, &row, given).unwrap();
        let none = Given { disabled: false, subject: false, claims: false };
        assert_eq!(with(Given { disabled: true, ..none }), Account { disabled: false, ..stored.clone() });
        assert_eq!(with(Given { subject: true, ..none }), Account { subject: None, ..stored.clone() });
        assert_eq!(with(Given { claims: true, ..none }), Account { claims: None, ..stored.clone() });
    }
}
