//! `Server-Timing`: an operator with a key sees how long the parts of a request took, and nobody else does.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use auth::{Config, ConfigError, Part, Timings, WeakSecret};
use support::{Pieces, SECRET, World, bearing, config_with, header, text};

const KEY: &str = "5c1d9e0f7a2b4c6d8e0f1a3b5c7d9e0f";

fn world() -> World {
    World { config: config_with(&[("SECRET_KEY", SECRET), ("TIMING_KEY", KEY)]), ..World::default() }
}

fn asked_for(config: &Config, sent: Option<&str>) -> bool {
    let request = bearing("GET", "/health", "");
    let request = match sent {
        Some(key) => request.header("edge-login-timing", key),
        None => request,
    };
    Timings::asked_for(config, &request.head()).is_some()
}

#[test]
fn only_the_key_asks_for_timings() {
    let config = world().config;
    assert!(asked_for(&config, Some(KEY)));
    for sent in [None, Some(""), Some("1"), Some(&KEY[..31]), Some(&format!("{KEY}0")), Some(SECRET)] {
        assert!(!asked_for(&config, sent), "{sent:?}");
    }
    let without = config_with(&[("SECRET_KEY", SECRET)]);
    for sent in ["", KEY] {
        assert!(!asked_for(&without, Some(sent)), "{sent:?}");
    }
}

#[test]
fn the_header_has_each_wait_in_order_and_the_total() {
    let world = world();
    let handled = || world.serve(&bearing("GET", "/health", ""), Pieces::whole(b""));
    let without = handled().response;
    assert_eq!(header(&without, "server-timing"), None);

    let timings = Timings::default();
    for (part, milliseconds) in [(Part::Gate, 0), (Part::Store, 3), (Part::Guard, 41), (Part::Home, 7)] {
        timings.add(part, milliseconds);
    }
    let mut with = handled().timed(&timings, 52).response;
    assert_eq!(header(&with, "server-timing"), Some("gate;dur=0, store;dur=3, guard;dur=41, home;dur=7, total;dur=52"));
    with.headers.retain(|(name, _)| *name != "server-timing");
    assert_eq!((with.status, &with.body, &with.headers), (without.status, &without.body, &without.headers));
}

#[test]
fn a_weak_key_is_a_misconfiguration() {
    for (key, weak) in [("short", WeakSecret::Short), (&"x".repeat(40), WeakSecret::Placeholder)] {
        let variables = [("SECRET_KEY", SECRET), ("TIMING_KEY", key)];
        let parsed = Config::parse(|name| text(variables.iter().find(|(of, _)| *of == name).map(|(_, value)| *value)));
        assert_eq!(parsed.err(), Some(ConfigError::Secret("TIMING_KEY", weak)));
    }
}
