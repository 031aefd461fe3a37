//! Prints whose each token is that is named. `user_of` is that of docs/SESSIONS.md.
use std::env::{args, var};

use base64::prelude::{BASE64_STANDARD, Engine};

fn login() -> String {
    var("LOGIN").expect("LOGIN")
}

fn client_secret() -> String {
    var("CLIENT_SECRET").expect("CLIENT_SECRET")
}

include!("shown.rs");

fn main() {
    for token in args().skip(1) {
        println!("{}", user_of(&token).expect("an answer").unwrap_or_else(|| "nobody".to_owned()));
    }
}
