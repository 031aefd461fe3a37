//! Hashes made by the libraries people come from, with their passwords.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use passwords::{HashError, Password, StoredHash};
use serde::Deserialize;

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
fn argon2_and_bcrypt_verify() {
    let mut verified = 0;
    for Recorded { format, password, hash } in recorded() {
        let Ok(stored) = StoredHash::parse(&hash) else { continue };
        assert!(stored.verify(&Password::new(password.clone())), "{format}");
        assert!(!stored.verify(&Password::new(format!("{password}x"))) || format == "bcrypt over 72 bytes", "{format}");
        assert!(!stored.verify(&Password::new("")), "{format}");
        verified += 1;
    }
    assert_eq!(verified, 8, "four of bcrypt, four of Argon2");
}

#[test]
fn other_formats_are_told_apart() {
    for Recorded { format, hash, .. } in recorded() {
        let known = ["$2a$", "$2b$", "$2y$", "$argon2"].iter().any(|prefix| hash.starts_with(prefix));
        assert_eq!(StoredHash::parse(&hash).is_ok(), known, "{format}");
        if !known {
            assert_eq!(StoredHash::parse(&hash).err(), Some(HashError::UnknownFormat), "{format}");
        }
    }
}

#[test]
fn bcrypt_takes_what_its_libraries_take() {
    let hash = StoredHash::parse("$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy").unwrap();
    let right = "correct horse battery staple";
    assert!(hash.verify(&Password::new(right)));
    // With its closing NUL the key repeats: this one gives bcrypt the same key.
    assert!(!hash.verify(&Password::new(format!("{right}\0{right}"))));
    // Made by passlib, whose older salts had bits set that are not used.
    let lenient = "$2b$04$Jte.uR9poaOdL2O50kAEEPr4G4A9wYKrmNsAselZYSndFrvG4T5Qy";
    assert!(StoredHash::parse(lenient).unwrap().verify(&Password::new(right)));
}
