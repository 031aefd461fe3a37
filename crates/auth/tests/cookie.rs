//! The refresh token in a cookie: only pages of the configured origins can use it, and no body holds it.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use auth::{Handled, http::Response};
use serde_json::json;
use support::{ORIGIN, Pieces, SECRET, Sent, World, bearing, config_with, header, json, log};

const APP: &str = "https://app.example.com";
const FOREIGN: &str = "https://evil.example.com";
const PASSWORD: &str = "correct horse battery staple";

fn world() -> World {
    let config = config_with(&[
        ("SECRET_KEY", SECRET),
        ("REFRESH_TOKEN_EXPIRE_MINUTES", "600"),
        ("REFRESH_IN_COOKIE", "1"),
        ("CORS_ORIGINS", APP),
    ]);
    World { config, ..World::default() }
}

fn send(world: &World, request: &Sent, fields: &[(&str, &str)]) -> Handled {
    world.serve(request, Pieces::whole(serde_urlencoded::to_string(fields).unwrap().as_bytes()))
}

fn login(world: &World, origin: Option<&str>) -> Handled {
    let request = bearing("POST", "/api/user/login", "");
    let request = origin.iter().fold(request, |request, origin| request.header("origin", origin));
    send(world, &request, &[("username", "alice"), ("password", PASSWORD)])
}

/// The cookie's name and value, and its attributes.
fn cookie(response: &Response) -> (String, String) {
    let (cookie, attributes) = header(response, "set-cookie").unwrap().split_once("; ").unwrap();
    (cookie.to_owned(), attributes.to_owned())
}

/// A request of a browser that has the cookie of a login.
fn with_cookie(world: &World, path: &str, origin: Option<&str>) -> Sent {
    let (cookie, _) = cookie(&login(world, None).response);
    let request = bearing("POST", path, "").header("cookie", &format!("theme=dark; {cookie}; lang=en"));
    origin.iter().fold(request, |request, origin| request.header("origin", origin))
}

#[test]
fn a_login_sets_the_cookie_and_its_body_has_no_refresh_token() {
    let response = login(&world(), None).response;
    let (cookie, attributes) = cookie(&response);
    assert!(cookie.starts_with("__Host-refresh=") && cookie.len() > 60, "{cookie}");
    assert_eq!(attributes, "Max-Age=36000; Path=/; Secure; HttpOnly; SameSite=Strict");
    let body = json(&response);
    assert_eq!((body["refresh_token"].is_null(), body["refresh_expires_in"].clone()), (true, json!(36_000)));
    assert!(!response.body.contains(cookie.split_once('=').unwrap().1));
}

#[test]
fn a_page_of_a_configured_origin_refreshes_with_the_cookie() {
    let world = world();
    for origin in [ORIGIN, APP] {
        let request = with_cookie(&world, "/api/user/refresh", Some(origin));
        let response = send(&world, &request, &[("grant_type", "refresh_token")]).response;
        assert_eq!((response.status, json(&response)["refresh_token"].is_null()), (200, true), "{origin}");
        let next =
            bearing("POST", "/api/user/refresh", "").header("origin", origin).header("cookie", &cookie(&response).0);
        assert_eq!(send(&world, &next, &[("grant_type", "refresh_token")]).response.status, 200, "the next token");
    }
}

#[test]
fn a_refresh_token_in_the_body_is_not_taken() {
    let world = world();
    let (cookie, _) = cookie(&login(&world, None).response);
    let token = cookie.split_once('=').unwrap().1;
    let request = bearing("POST", "/api/user/refresh", "").header("origin", APP);
    let response = send(&world, &request, &[("grant_type", "refresh_token"), ("refresh_token", token)]).response;
    assert_eq!((response.status, json(&response)["error"].clone()), (400, json!("invalid_request")));
}

#[test]
fn other_pages_and_requests_without_an_origin_neither_refresh_nor_log_out() {
    let world = world();
    let refresh: &[_] = &[("grant_type", "refresh_token")];
    for (path, fields) in [("/api/user/refresh", refresh), ("/api/user/login", refresh), ("/api/user/logout", &[])] {
        for origin in [None, Some(FOREIGN), Some("null"), Some("http://login.example.com")] {
            let request = with_cookie(&world, path, origin);
            let handled = send(&world, &request, fields);
            assert_eq!(handled.response.status, 403, "{path} {origin:?}");
            assert_eq!(header(&handled.response, "set-cookie"), None);
            assert_eq!(log(&handled)["outcome"], "foreign_origin");
            assert!(world.guard.questions.borrow().is_empty(), "the guard is not asked");
        }
    }
}

#[test]
fn a_foreign_page_can_log_nobody_in_and_change_no_password() {
    let world = world();
    assert_eq!(login(&world, Some(FOREIGN)).response.status, 403);
    for origin in [None, Some(APP), Some(ORIGIN)] {
        assert_eq!(login(&world, origin).response.status, 200, "{origin:?}");
    }
    let request = bearing("POST", "/api/user/password", &world.token()).header("origin", FOREIGN);
    let handled = send(&world, &request, &[("password", PASSWORD), ("new_password", "another sentence to guess")]);
    assert_eq!((handled.response.status, &log(&handled)["outcome"]), (403, &json!("foreign_origin")));
}

#[test]
fn logging_out_ends_the_session_and_removes_the_cookie() {
    let world = world();
    let request = with_cookie(&world, "/api/user/logout", Some(APP));
    let response = send(&world, &request, &[]).response;
    assert_eq!(response.status, 200);
    let again =
        send(&world, &Sent { path: "/api/user/refresh".to_owned(), ..request }, &[("grant_type", "refresh_token")]);
    assert_eq!(again.response.status, 400, "the session has ended");
    assert_eq!(
        cookie(&response),
        ("__Host-refresh=".into(), "Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict".into())
    );
}

#[test]
fn without_the_variable_there_is_no_cookie_and_no_origin_is_demanded() {
    let config = config_with(&[("SECRET_KEY", SECRET), ("REFRESH_TOKEN_EXPIRE_MINUTES", "600")]);
    let world = World { config, ..World::default() };
    let response = login(&world, Some(FOREIGN)).response;
    assert_eq!((response.status, header(&response, "set-cookie")), (200, None));
    let token = json(&response)["refresh_token"].as_str().unwrap().to_owned();
    let request = bearing("POST", "/api/user/refresh", "").header("cookie", &format!("__Host-refresh={token}"));
    assert_eq!(send(&world, &request, &[("grant_type", "refresh_token")]).response.status, 400);
}
