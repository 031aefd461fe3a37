//! Verifies hashes that were recorded from the libraries people migrate from.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::{cell::Cell, collections::BTreeMap};

use passwords::{HashError, Password, StoredHash};
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

fn nfkc(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.nfkc().collect())
}

#[derive(Deserialize)]
struct Recorded {
    format: String,
    password: String,
    hash: String,
}

fn recorded() -> Vec<Recorded> {
    include_str!("../../../tests/conformance/password-hashes.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_recorded_hash_verifies_but_the_one_that_needs_too_much_memory() {
    let mut refused = Vec::new();
    for Recorded { format, password, hash } in recorded() {
        let stored = match StoredHash::parse(&hash) {
            Ok(stored) => stored,
            Err(error) => {
                refused.push((format, error));
                continue;
            }
        };
        let is_right = |password: String| stored.verify(&Password::new(password), nfkc).unwrap();
        assert!(is_right(password.clone()), "{format}");
        assert_eq!(is_right(format!("{password}x")), format == "bcrypt over 72 bytes", "{format}");
        assert!(!is_right(format!("x{password}")) && !is_right(String::new()), "{format}");
        assert!(!stored.is_current(), "{format}");
    }
    let too_costly = HashError::TooCostly { cost: "argon2id-m102400-t2-p8".parse().unwrap() };
    assert_eq!(refused, [("django argon2".to_owned(), too_costly)]);
}

/// A hash that `record-hashes.py` recorded.
#[derive(Deserialize)]
struct Judged {
    library: String,
    format: String,
    hash: String,
    /// Whether the library accepted each password.
    verdicts: BTreeMap<String, bool>,
}

#[test]
fn verdicts_are_those_of_the_libraries() {
    let mut judged = 0;
    for line in include_str!("../../../tests/conformance/recorded-hashes.jsonl").lines() {
        let Judged { library, format, hash, verdicts } = serde_json::from_str(line).unwrap();
        let stored = StoredHash::parse(&hash).unwrap_or_else(|error| panic!("{library}: {hash}: {error}"));
        assert_eq!(stored.format().name(), format, "{library}: {hash}");
        assert!(verdicts.values().any(|verdict| *verdict) && verdicts.values().any(|verdict| !verdict), "{hash}");
        for (password, verdict) in verdicts {
            assert_eq!(
                stored.verify(&Password::new(&*password), nfkc).unwrap(),
                verdict,
                "{library}: {hash} {password}"
            );
        }
        judged += 1;
    }
    assert!(judged >= 90, "{judged}");
}

#[test]
fn every_format_normalizes_the_password_once() {
    thread_local!(static CALLS: Cell<u32> = const { Cell::new(0) });
    let counting = |text: &str| {
        CALLS.set(CALLS.get() + 1);
        nfkc(text)
    };
    let dummies = ["argon2id-m64-t1-p1", "bcrypt-04"].map(|cost| StoredHash::dummy_of(cost).unwrap());
    let stored = recorded().into_iter().filter_map(|recorded| StoredHash::parse(&recorded.hash).ok()).chain(dummies);
    for hash in stored {
        CALLS.set(0);
        assert!(!hash.verify(&Password::new("\u{323}\u{307}".repeat(1000)), counting).unwrap());
        assert_eq!(CALLS.get(), 1, "{}", hash.format().name());
    }
}

#[test]
fn costs_are_what_the_hashes_say() {
    let costs: Vec<String> = recorded()
        .iter()
        .filter_map(|recorded| StoredHash::parse(&recorded.hash).ok())
        .map(|hash| format!("{} {}", hash.format().name(), hash.cost()))
        .collect();
    assert_eq!(
        costs,
        [
            "bcrypt bcrypt-06",
            "bcrypt bcrypt-06",
            "bcrypt bcrypt-06",
            "bcrypt bcrypt-05",
            "bcrypt_sha256 bcrypt-06",
            "bcrypt_sha256 bcrypt-06",
            "argon2id argon2id-m8192-t2-p4",
            "argon2i argon2i-m4096-t2-p2",
            "argon2d argon2d-m4096-t2-p1",
            "argon2id argon2id-m65536-t3-p4",
            "pbkdf2_sha1 pbkdf2-sha1-5000",
            "pbkdf2_sha256 pbkdf2-sha256-29000",
            "pbkdf2_sha512 pbkdf2-sha512-25000",
            "scrypt scrypt-ln14-r8-p1",
            "sha256_crypt sha256-crypt-5932",
            "sha512_crypt sha512-crypt-5000",
            "django_pbkdf2_sha256 pbkdf2-sha256-1000000",
            "django_pbkdf2_sha1 pbkdf2-sha1-1000000",
            "django_bcrypt_sha256 bcrypt-12",
            "django_bcrypt bcrypt-12",
            "django_scrypt scrypt-ln14-r8-p5",
            "werkzeug_scrypt scrypt-ln15-r8-p1",
            "werkzeug_pbkdf2_sha256 pbkdf2-sha256-60000",
            "better_auth_scrypt scrypt-ln14-r16-p1",
        ]
    );
}

#[test]
fn bcrypt_takes_what_its_libraries_take() {
    let hash = StoredHash::parse("$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy").unwrap();
    let right = "correct horse battery staple";
    assert!(hash.verify(&Password::new(right), nfkc).unwrap());
    // bcrypt repeats the key, including its NUL byte, so this password gives bcrypt the same key.
    assert!(!hash.verify(&Password::new(format!("{right}\0{right}")), nfkc).unwrap());
    // passlib made this hash. Its older versions set unused bits in the salt.
    let lenient = "$2b$04$Jte.uR9poaOdL2O50kAEEPr4G4A9wYKrmNsAselZYSndFrvG4T5Qy";
    assert!(StoredHash::parse(lenient).unwrap().verify(&Password::new(right), nfkc).unwrap());
}
