//! What can't be afforded, or isn't a hash, is refused while it is read.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use passwords::{HashError, Password, StoredHash, limits};
use proptest::prelude::*;

const SALT_AND_TAG: &str = "9D7nvLfWGkPI+b83JqSUEg$//2J5gHqwJlnK0/jJ1d4BQgfouQOxRCwYqPDAOVZhbA";

fn argon2(params: &str) -> Result<StoredHash, HashError> {
    StoredHash::parse(&format!("$argon2id$v=19${params}${SALT_AND_TAG}"))
}

#[test]
fn argon2_is_bounded_in_memory_and_work() {
    let (memory, work) = (limits::ARGON2_MEMORY_KIB, limits::ARGON2_KIB_PASSES);
    let passes = work / u64::from(memory);
    let costly = Some(HashError::TooCostly("argon2"));
    assert!(argon2(&format!("m={memory},t={passes},p=4")).is_ok());
    assert_eq!(argon2(&format!("m={},t=1,p=1", memory + 1)).err(), costly);
    assert_eq!(argon2(&format!("m={memory},t={},p=1", passes + 1)).err(), costly);
    assert_eq!(argon2("m=4294967295,t=4294967295,p=1").err(), costly);
    assert_eq!(argon2("m=19456,t=2,p=536870912").err(), costly);
}

#[test]
fn bcrypt_is_bounded_in_cost() {
    let bcrypt = |cost| StoredHash::parse(&format!("$2b${cost}$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy"));
    assert!(bcrypt("15").is_ok());
    for cost in ["16", "31"] {
        assert_eq!(bcrypt(cost).err(), Some(HashError::TooCostly("bcrypt")));
    }
    for cost in ["03", "32", "4", "004", "-4", "+4", "", "aa"] {
        assert_eq!(bcrypt(cost).err(), Some(HashError::Malformed("bcrypt")), "{cost}");
    }
}

#[test]
fn malformed_hashes_are_refused() {
    let malformed = [
        "$argon2id$",
        "$argon2id$v=19$m=19456,t=2,p=1",
        "$argon2id$v=18$m=19456,t=2,p=1$9D7nvLfWGkPI+b83JqSUEg$//2J5gHqwJlnK0/jJ1d4",
        "$argon2id$v=19$m=19456,t=2,p=1$c2hvcnQ$//2J5gHqwJlnK0/jJ1d4BQgfouQOxRCwYqPDAOVZhbA",
        "$argon2id$v=19$m=7,t=2,p=1$9D7nvLfWGkPI+b83JqSUEg$//2J5gHqwJlnK0/jJ1d4BQ",
        "$2b$04$short",
        "$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy$",
        "$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Q!",
        "$2b$04",
        "$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qyy",
    ];
    for text in malformed {
        assert!(matches!(StoredHash::parse(text), Err(HashError::Malformed(_))), "{text}");
    }
    for text in ["", "$", "$$", "plain", "$2x$04$x", "$1$salt$hash", "2b$04$x"] {
        assert_eq!(StoredHash::parse(text).err(), Some(HashError::UnknownFormat), "{text}");
    }
    let long = format!("$argon2id${}", "a".repeat(1 << 20));
    assert_eq!(StoredHash::parse(&long).err(), Some(HashError::UnknownFormat));
}

#[test]
fn nothing_matches_the_dummy_and_it_costs_what_a_new_hash_costs() {
    let dummy = StoredHash::dummy();
    assert!(dummy.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    assert!(!dummy.verify(&Password::new("")));
    assert!(!dummy.verify(&Password::new("password")));
    assert_eq!(StoredHash::parse(dummy.expose()).unwrap().format(), dummy.format());
}

#[test]
fn the_dummy_has_the_format_that_is_named() {
    let cost = |name: &str| StoredHash::dummy_of(name).map(|hash| hash.expose()[..7].to_owned());
    assert_eq!(cost("argon2id"), Some("$argon2".to_owned()));
    assert_eq!(cost("bcrypt-04"), Some("$2b$04$".to_owned()));
    assert_eq!(cost("bcrypt-12"), Some("$2b$12$".to_owned()));
    assert!(!StoredHash::dummy_of("bcrypt-04").unwrap().verify(&Password::new("password")));
    for name in ["", "bcrypt", "bcrypt-", "bcrypt-3", "bcrypt-16", "bcrypt-12$", "argon2id-1", "md5"] {
        assert_eq!(cost(name), None, "{name}");
    }
}

#[test]
fn hashes_and_passwords_do_not_print() {
    let hash = argon2("m=19456,t=2,p=1").unwrap();
    assert_eq!(format!("{hash:?} {:?}", Password::new("hunter2")), "StoredHash(argon2id, redacted) Password(redacted)");
}

proptest! {
    #[test]
    fn reading_any_text_does_not_panic(text in "(\\$(argon2id|argon2i|argon2d|2a|2b|2y)\\$)?[ -~]{0,120}") {
        if let Ok(hash) = StoredHash::parse(&text) {
            prop_assert_eq!(hash.expose(), text);
        }
    }

    #[test]
    fn whatever_argon2_asks_for_only_the_affordable_is_taken(memory: u32, passes: u32, lanes: u32) {
        let read = argon2(&format!("m={memory},t={passes},p={lanes}"));
        let affordable = memory <= limits::ARGON2_MEMORY_KIB
            && u64::from(memory) * u64::from(passes) <= limits::ARGON2_KIB_PASSES;
        prop_assert!(affordable || read.is_err());
    }

    #[test]
    fn argon2_parameters_within_limits_verify_without_panic(
        memory in 0u32..2048, passes in 0u32..4, lanes in 0u32..6, version in prop_oneof![Just(""), Just("v=16$"), Just("v=19$")],
        kind in prop_oneof![Just("d"), Just("i"), Just("id")],
    ) {
        let text = format!("$argon2{kind}${version}m={memory},t={passes},p={lanes}${SALT_AND_TAG}");
        if let Ok(hash) = StoredHash::parse(&text) {
            prop_assert!(!hash.verify(&Password::new("x")));
        }
    }
}
