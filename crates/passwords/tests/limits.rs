//! Checks that the parser refuses hashes that cost too much and strings that aren't hashes.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use passwords::{Cost, Format, HashError, Password, StoredHash, limits};
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

fn nfkc(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.nfkc().collect())
}

const SALT_AND_TAG: &str = "9D7nvLfWGkPI+b83JqSUEg$//2J5gHqwJlnK0/jJ1d4BQgfouQOxRCwYqPDAOVZhbA";

const SHA512_CRYPT_OF_256: &str =
    "$6$rounds=1000000$saltsalt$8k.ALQu6XM6ox97Wu8hIFNOnFzRcTDUcPv6jRxGTr7xEVM9izZWoua..Ia3MgusNn5y3TFApj0jM.ZlJo9qib.";
const SHA512_CRYPT_OF_257: &str =
    "$6$rounds=1000000$saltsalt$UpqFBGHtzfOb13GsGkCy5SC.7NWXpfLPEeGgJBTBFdJRqs34NSThjZUyv9YDjhO3DlpsU3XZfWIr52u/gpoEd.";

fn argon2(params: &str) -> Result<StoredHash, HashError> {
    StoredHash::parse(&format!("$argon2id$v=19${params}${SALT_AND_TAG}"))
}

#[test]
fn argon2_is_bounded_in_memory_and_work() {
    let memory = limits::MEMORY_MIB * 1024;
    let passes = argon2("m=8,t=1,p=1").unwrap().cost().most_work() / memory;
    assert!(argon2(&format!("m={memory},t={passes},p=4")).is_ok());
    let error = |params: &str| argon2(params).unwrap_err().to_string();
    let too_much = |mib| format!("the argon2 hash asks for {mib} MiB of memory, but only 64 MiB fit in a Worker");
    assert_eq!(error(&format!("m={},t=1,p=1", memory + 1)), too_much(65));
    assert_eq!(error("m=102400,t=2,p=8"), too_much(100));
    assert_eq!(error("m=4294967295,t=4294967295,p=1"), too_much(4_194_304));
    let too_long = "the argon2 hash asks for 2162688 KiB to fill, but at most 2097152 are allowed";
    assert_eq!(error(&format!("m={memory},t={},p=1", passes + 1)), too_long);
    assert_eq!(error("m=19456,t=2,p=536870912"), "the argon2 hash is malformed");
}

#[test]
fn bcrypt_is_bounded_in_cost() {
    let forms = |cost: &str| {
        let (salt, digest) = ("Jte.uR9poaOdL2O50kAEEO", "r4G4A9wYKrmNsAselZYSndFrvG4T5Qy");
        [
            format!("$2b${cost}${salt}{digest}"),
            format!("bcrypt$$2b${cost}${salt}{digest}"),
            format!("bcrypt_sha256$$2b${cost}${salt}{digest}"),
            format!("$bcrypt-sha256$v=2,t=2b,r={cost}${salt}${digest}"),
            format!("$bcrypt-sha256$2b,{cost}${salt}${digest}"),
        ]
        .map(|text| StoredHash::parse(&text))
    };
    assert!(forms("15").iter().all(Result::is_ok));
    for (cost, rounds) in [("16", 65536), ("31", 2_147_483_648_u64)] {
        let too_long = format!("the bcrypt hash asks for {rounds} rounds, but at most 32768 are allowed");
        assert!(forms(cost).into_iter().all(|hash| hash.unwrap_err().to_string() == too_long), "{cost}");
    }
    for cost in ["03", "32", "-4", "+4", "", "aa", "99999999999"] {
        assert!(forms(cost).into_iter().all(|hash| hash.err() == Some(HashError::Malformed("bcrypt"))), "{cost}");
    }
}

#[test]
fn the_other_functions_are_bounded_too() {
    let key = "A".repeat(86);
    let hex = "00".repeat(64);
    let refused = |text: &str, why: &str| {
        assert_eq!(StoredHash::parse(text).unwrap_err().to_string(), format!("the {why}"), "{text}");
    };
    assert!(StoredHash::parse(&format!("$pbkdf2-sha512$3000000$AAAA${key}")).is_ok());
    refused(
        &format!("$pbkdf2-sha512$3000001$AAAA${key}"),
        "pbkdf2-sha512 hash asks for 3000001 iterations, but at most 3000000 are allowed",
    );
    refused(
        "pbkdf2_sha256$4294967295$salt$AAAA",
        "pbkdf2-sha256 hash asks for 4294967295 iterations, but at most 4000000 are allowed",
    );
    refused(
        "pbkdf2:sha1:4000001$salt$00",
        "pbkdf2-sha1 hash asks for 4000001 iterations, but at most 4000000 are allowed",
    );

    assert!(StoredHash::parse(&format!("$6$rounds=1000000$salt${key}")).is_ok());
    refused(
        &format!("$6$rounds=1000001$salt${key}"),
        "sha512-crypt hash asks for 1000001 rounds, but at most 1000000 are allowed",
    );
    refused(
        &format!("$5$rounds=999999999$salt${}", &key[..43]),
        "sha256-crypt hash asks for 999999999 rounds, but at most 1000000 are allowed",
    );

    // passlib's default parameters need 64 MiB and 1 KiB.
    assert!(StoredHash::parse(&format!("scrypt:65536:8:1$salt${hex}")).is_ok());
    let too_much = |mib: u64| format!("scrypt hash asks for {mib} MiB of memory, but only 64 MiB fit in a Worker");
    refused(&format!("scrypt:65536:9:1$salt${hex}"), &too_much(73));
    refused(&format!("scrypt:2147483648:8:1$salt${hex}"), &too_much(2_097_153));
    refused(&format!("scrypt:16384:4294967295:4294967295$salt${hex}"), &too_much(u64::MAX.div_ceil(1 << 20)));
    refused("$scrypt$ln=63,r=8,p=1$AAAA$AAAA", &too_much(u64::MAX.div_ceil(1 << 20)));
    // Each of the many rows needs little memory, but all of them exist at the same time.
    refused(&format!("scrypt:2:1:1048576$salt${hex}"), &too_much(129));
    // The lane that is mixed counts twice more.
    refused(&format!("scrypt:2:177000:1$salt${hex}"), &too_much(109));
    refused(
        &format!("scrypt:1024:8:1024$salt${hex}"),
        "scrypt hash asks for 8388608 blocks to mix, but at most 4194304 are allowed",
    );
}

#[test]
fn sha_crypt_does_not_work_on_passwords_without_end() {
    for (rounds, bytes) in [(1000, 4096), (5000, 4096), (62_500, 4096), (656_000, 390), (1_000_000, 256)] {
        assert_eq!(limits::sha_crypt_password_bytes(rounds), bytes);
    }
    // passlib 1.7.4 made these hashes from 256 and from 257 times the letter x.
    let longest = StoredHash::parse(SHA512_CRYPT_OF_256).unwrap();
    assert!(longest.verify(&Password::new("x".repeat(256)), nfkc).unwrap());
    let longer = StoredHash::parse(SHA512_CRYPT_OF_257).unwrap();
    assert!(!longer.verify(&Password::new("x".repeat(257)), nfkc).unwrap());
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
        "$2b$004$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy",
        "$argon2id$v=19$m=19456,t=2,p=1,data=AAAA$9D7nvLfWGkPI+b83JqSUEg$//2J5gHqwJlnK0/jJ1d4BQgfouQOxRCwYqPDAOVZhbA",
        "$argon2id$v=19$t=2,m=19456,p=1$9D7nvLfWGkPI+b83JqSUEg$//2J5gHqwJlnK0/jJ1d4BQgfouQOxRCwYqPDAOVZhbA",
        "$argon2id$v=19$m=19456,t=2,p=1$9D7nvLfWGkPI+b83JqSUEg$//2J",
        "$argon2id$v=19$m=19456,t=2,p=1$9D7nvLfWGkPI+b83JqSUEg$//2J5gHqwJlnK0/jJ1d4BQ$x",
        "$argon2id$v=19$m=19456,t=2$9D7nvLfWGkPI+b83JqSUEg$//2J5gHqwJlnK0/jJ1d4BQgfouQOxRCwYqPDAOVZhbA",
        "argon2$argon2id$v=19$m=19456,t=2,p=1",
        "bcrypt_sha256$$2b$12$short",
        "bcrypt$2b$12$short",
        "$bcrypt-sha256$v=3,t=2b,r=6$oTzj2iuQxiTYwuFCktzboe$CP7huU26AjEmmMmzCkEJluV8.NCtyQy",
        "$bcrypt-sha256$v=2,t=2b,r=6$oTzj2iuQxiTYwuFCktzboe",
        "$pbkdf2-sha256$29000$WktprVUKQUhJ6V0rRciZsw",
        "$pbkdf2-sha256$29000$WktprVUKQUhJ6V0rRciZsw$.kaXkM0SsIApBjM.wtMzsKHwnqBzi56dtmJjCw9M1W",
        "$pbkdf2-sha256$0$WktprVUKQUhJ6V0rRciZsw$.kaXkM0SsIApBjM.wtMzsKHwnqBzi56dtmJjCw9M1WQ",
        "pbkdf2_sha256$1000000$salt$c2hvcnQ=",
        "pbkdf2_sha256$x$salt$Y6276sgDJy2LwlYiydYD+qecg/0rLEt0nUmd5a6HSdA=",
        "pbkdf2:sha256:$salt$4f2bb1eba6721f59ea8473936d60971a81662c7b90783c19e4f74893889eff16",
        "pbkdf2:md5:60000$salt$4f2bb1eba6721f59ea8473936d60971a",
        "pbkdf2:sha256:60000$salt$4f2bb1eba6721f59ea8473936d60971a81662c7b90783c19e4f74893889eff1",
        "$scrypt$ln=14,r=8$hrAWAkBIqZVybu3du7dWqg$g9oyD+v+k0M10FM4pKQX9Wf4r0/lW8N3HnCX/0Bx/Fo",
        "$scrypt$ln=0,r=8,p=1$hrAWAkBIqZVybu3du7dWqg$g9oyD+v+k0M10FM4pKQX9Wf4r0/lW8N3HnCX/0Bx/Fo",
        "$scrypt$ln=14,r=0,p=1$hrAWAkBIqZVybu3du7dWqg$g9oyD+v+k0M10FM4pKQX9Wf4r0/lW8N3HnCX/0Bx/Fo",
        "scrypt$16385$salt$8$1$AAAA",
        "scrypt$16384$salt$8$1$AAAA",
        "scrypt:32768:8$salt$00",
        "scrypt:32768:8:0$salt$00",
        "$6$rounds=999$salt$AAAA",
        "$6$rounds=5000$salt$AAAA",
        "$6$saltofseventeench$bqmY8l/qVGIqTQqkLlvwDPq6vpuzU0Av3XGrk2QS312dDoHeG5NWW85wey69YWAzKHeMLmAFCBWkk02xB8Xmi1",
        "$5$rounds=5932$gu9N/AX7U6bLyR5i$",
    ];
    for text in malformed {
        assert!(matches!(StoredHash::parse(text), Err(HashError::Malformed(_))), "{text}");
    }
    for text in
        ["", "$", "$$", "plain", "$2x$04$x", "$1$salt$hash", "2b$04$x", "md5$salt$hash", "12af:7269", "sha1:x:y"]
    {
        assert_eq!(StoredHash::parse(text).err(), Some(HashError::UnknownFormat), "{text}");
    }
    for text in ["!", "!wtMzsKHwnqBzi56dtmJjCw9M1WQgHs0Sx2dIYx", "*"] {
        assert_eq!(StoredHash::parse(text).err(), Some(HashError::NoPassword), "{text}");
    }
    let long = format!("$argon2id${}", "a".repeat(1 << 20));
    assert_eq!(StoredHash::parse(&long).err(), Some(HashError::UnknownFormat));
}

#[test]
fn nothing_matches_the_dummy_and_it_costs_what_a_new_hash_costs() {
    let dummy = StoredHash::dummy();
    assert!(dummy.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    assert!(!dummy.verify(&Password::new(""), nfkc).unwrap());
    assert!(!dummy.verify(&Password::new("password"), nfkc).unwrap());
    assert_eq!(StoredHash::parse(dummy.expose()).unwrap().format(), dummy.format());
}

#[test]
fn a_dummy_of_better_auths_cost_hashes_the_converted_password() {
    // Converted to NFKC, a password can be ten times as long.
    let dummy = StoredHash::dummy_of("scrypt-ln14-r16-p1").unwrap();
    assert_eq!(dummy.format(), Format::BetterAuthScrypt);
}

#[test]
fn a_dummy_of_any_cost_costs_just_that_and_nothing_matches_it() {
    let costs = [
        "argon2id",
        "argon2i-m64-t1-p2",
        "argon2d-m65536-t3-p4",
        "argon2id-m19456-t3-p1",
        "bcrypt-04",
        "bcrypt-12",
        "pbkdf2-sha1-5000",
        "pbkdf2-sha256-1000000",
        "pbkdf2-sha512-25000",
        "scrypt-ln14-r16-p1",
        "scrypt-ln15-r8-p1",
        "sha256-crypt-1000",
        "sha512-crypt-656000",
    ];
    for cost in costs {
        let dummy = StoredHash::dummy_of(cost).unwrap();
        assert_eq!(dummy.cost().to_string(), cost);
        assert_eq!(cost.parse(), Ok(dummy.cost()));
    }
    for cost in [
        "argon2i-m64-t1-p2",
        "bcrypt-04",
        "pbkdf2-sha1-5",
        "pbkdf2-sha256-5",
        "pbkdf2-sha512-5",
        "scrypt-ln4-r1-p1",
        "sha256-crypt-1000",
        "sha512-crypt-1000",
    ] {
        let dummy = StoredHash::dummy_of(cost).unwrap();
        assert!(
            !dummy.verify(&Password::new(""), nfkc).unwrap()
                && !dummy.verify(&Password::new("password"), nfkc).unwrap(),
            "{cost}"
        );
    }
    assert_eq!(StoredHash::dummy_of("bcrypt-4").unwrap().cost().to_string(), "bcrypt-04");
    for name in [
        "",
        "bcrypt",
        "bcrypt-",
        "bcrypt-3",
        "bcrypt-16",
        "bcrypt-12$",
        "argon2id-1",
        "argon2id-m102400-t2-p8",
        "scrypt-ln99-r8-p1",
        "scrypt-ln300-r8-p1",
        "sha1-crypt-5000",
        "md5",
        "pbkdf2-md5-5",
    ] {
        assert!(StoredHash::dummy_of(name).is_none(), "{name}");
    }
}

#[test]
fn a_new_hash_is_current_and_is_of_the_whole_password() {
    let long = "x".repeat(100);
    let hash = StoredHash::create(&Password::new(long.clone()), [7; 16]).unwrap();
    assert!(hash.is_current() && hash.cost() == Cost::CURRENT);
    let read = StoredHash::parse(hash.expose()).unwrap();
    assert!(
        read.is_current()
            && read.verify(&Password::new(long), nfkc).unwrap()
            && !read.verify(&Password::new("x".repeat(99)), nfkc).unwrap()
    );
    for other in ["m=19456,t=3,p=1", "m=19457,t=2,p=1", "m=19456,t=2,p=2"] {
        assert!(!argon2(other).unwrap().is_current(), "{other}");
    }
    let others = [
        format!("$argon2id$m=19456,t=2,p=1${SALT_AND_TAG}"),
        format!("$argon2i$v=19$m=19456,t=2,p=1${SALT_AND_TAG}"),
        format!("argon2$argon2id$v=19$m=19456,t=2,p=1${SALT_AND_TAG}"),
        "$argon2id$v=19$m=19456,t=2,p=1$c2hvcnRzYWx0$//2J5gHqwJlnK0/jJ1d4BQgfouQOxRCwYqPDAOVZhbA".to_owned(),
        "$argon2id$v=19$m=19456,t=2,p=1$9D7nvLfWGkPI+b83JqSUEg$//2J5gHqwJlnK0/jJ1d4BQ".to_owned(),
    ];
    for other in others {
        assert!(!StoredHash::parse(&other).unwrap().is_current(), "{other}");
    }
}

#[test]
fn hashes_and_passwords_do_not_print() {
    let hash = argon2("m=19456,t=2,p=1").unwrap();
    assert_eq!(format!("{hash:?} {:?}", Password::new("hunter2")), "StoredHash(argon2id, redacted) Password(redacted)");
}

/// A recorded hash in which some characters are replaced or removed.
fn mutated() -> impl Strategy<Value = String> {
    let files = [
        include_str!("../../../tests/conformance/password-hashes.jsonl"),
        include_str!("../../../tests/conformance/recorded-hashes.jsonl"),
    ];
    let recorded: Vec<String> = files
        .iter()
        .flat_map(|file| file.lines())
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["hash"].as_str().unwrap().to_owned())
        .collect();
    let replacement =
        prop_oneof![Just('$'), Just('='), Just(','), Just(':'), Just('9'), Just('0'), Just('é'), any::<char>()];
    let edits = prop::collection::vec((any::<prop::sample::Index>(), prop::option::of(replacement)), 1..5);
    (prop::sample::select(recorded), edits).prop_map(|(hash, edits)| {
        let mut characters: Vec<char> = hash.chars().collect();
        for (place, replacement) in edits {
            let place = place.index(characters.len());
            characters.splice(place..=place, replacement);
        }
        characters.into_iter().collect()
    })
}

proptest! {
    #[test]
    fn a_damaged_hash_is_refused_or_affordable(text in mutated()) {
        if let Ok(hash) = StoredHash::parse(&text) {
            let cost = hash.cost();
            prop_assert!(cost.memory_bytes() <= cost.most_memory_bytes() && cost.work() <= cost.most_work());
            prop_assert_eq!(cost.to_string().parse(), Ok(cost));
            prop_assert_eq!(StoredHash::dummy_of(&cost.to_string()).unwrap().cost(), cost);
        }
    }

    #[test]
    fn reading_any_text_does_not_panic(text in "(\\$(argon2id|argon2i|argon2d|2a|2b|2y|5|6|scrypt|pbkdf2|pbkdf2-sha512|bcrypt-sha256)\\$|argon2\\$argon2id\\$|bcrypt\\$|scrypt:|pbkdf2:sha1:|pbkdf2_sha256\\$|scrypt\\$)?[ -~]{0,120}") {
        if let Ok(hash) = StoredHash::parse(&text) {
            prop_assert_eq!(hash.expose(), text);
        }
    }

    #[test]
    fn whatever_argon2_asks_for_only_the_affordable_is_taken(memory: u32, passes: u32, lanes: u32) {
        let read = argon2(&format!("m={memory},t={passes},p={lanes}"));
        let affordable = u64::from(memory) <= limits::MEMORY_MIB * 1024
            && u64::from(memory) * u64::from(passes) <= Cost::CURRENT.most_work();
        prop_assert!(affordable || read.is_err());
    }

    #[test]
    fn argon2_parameters_within_limits_verify_without_panic(
        memory in 0u32..2048, passes in 0u32..4, lanes in 0u32..6, version in prop_oneof![Just(""), Just("v=16$"), Just("v=19$")],
        kind in prop_oneof![Just("d"), Just("i"), Just("id")],
    ) {
        let text = format!("$argon2{kind}${version}m={memory},t={passes},p={lanes}${SALT_AND_TAG}");
        if let Ok(hash) = StoredHash::parse(&text) {
            prop_assert!(!hash.verify(&Password::new("x"), nfkc).unwrap());
        }
    }
}
