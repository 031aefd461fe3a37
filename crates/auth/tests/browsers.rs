//! What browsers are told: whose pages may call the endpoints, what a response may do in a page, and the docs.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use auth::{ASSETS, Config, Variable, http::Response};
use guard::Verdict;
use support::{Pieces, SECRET, Sent, World, header, post, text};

const APP: &str = "https://app.example.com";
const FOREIGN: &str = "https://app.example.org";

fn world(variables: &[(&str, &str)]) -> World {
    let config = Config::parse(|name| match name {
        "SECRET_KEY" => text(Some(SECRET)),
        ASSETS => Variable::NotText,
        _ => text(variables.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)),
    });
    World { config: config.unwrap(), ..World::default() }
}

fn shared() -> World {
    world(&[("CORS_ORIGINS", "https://app.example.com,http://localhost:5173")])
}

fn send(world: &World, request: &Sent) -> Response {
    world.serve(request, Pieces::whole(b"username=alice&password=wrong")).response
}

fn request(method: &str, path: &str) -> Sent {
    Sent { method: method.to_owned(), path: path.to_owned(), ..Sent::default() }
}

fn preflight(path: &str, origin: &str) -> Sent {
    request("OPTIONS", path).header("origin", origin).header("access-control-request-method", "POST")
}

fn cors(response: &Response) -> Vec<&str> {
    response.headers.iter().map(|(name, _)| *name).filter(|name| name.starts_with("access-control-")).collect()
}

#[test]
fn a_listed_origin_may_ask_before_it_calls() {
    for origin in [APP, "http://localhost:5173"] {
        let answer = send(&shared(), &preflight("/api/user/login", origin));
        assert_eq!((answer.status, answer.body.as_str()), (204, ""));
        assert_eq!(header(&answer, "access-control-allow-origin"), Some(origin));
        assert_eq!(header(&answer, "access-control-allow-credentials"), Some("true"));
        assert_eq!(header(&answer, "access-control-allow-methods"), Some("POST"));
        assert_eq!(header(&answer, "access-control-allow-headers"), Some("authorization, content-type"));
        assert_eq!(header(&answer, "vary"), Some("Origin"));
    }
}

#[test]
fn others_are_answered_as_if_there_were_no_cors() {
    let origins = [
        FOREIGN,
        "null",
        "https://app.example.com.evil.example",
        "https://app.example.com:444",
        "HTTPS://app.example.com",
    ];
    for origin in origins {
        for request in [preflight("/api/user/login", origin), post().header("origin", origin)] {
            let answer = send(&shared(), &request);
            assert_eq!(answer.status, if request.method == "OPTIONS" { 405 } else { 401 }, "{origin}");
            assert_eq!(cors(&answer), [""; 0], "{origin}");
            assert_eq!(header(&answer, "vary"), Some("Origin"), "a cache may not give it to a listed origin");
        }
    }
}

#[test]
fn without_a_list_there_is_no_cors() {
    for request in [preflight("/api/user/login", APP), post().header("origin", APP)] {
        let answer = send(&world(&[]), &request);
        assert_eq!((cors(&answer), header(&answer, "vary")), (vec![], None));
    }
}

#[test]
fn a_page_can_read_every_answer_and_when_to_try_again() {
    let mut world = shared();
    for (verdict, status) in
        [(Verdict::Mismatch {}, 401), (Verdict::Throttled { retry_after: 60, elsewhere: None }, 429)]
    {
        world.guard.verdict = Some(verdict);
        let answer = send(&world, &post().header("origin", APP));
        assert_eq!(answer.status, status);
        assert_eq!(header(&answer, "access-control-allow-origin"), Some(APP));
        assert_eq!(header(&answer, "access-control-expose-headers"), Some("retry-after, www-authenticate"));
    }
    for (method, path, status) in
        [("GET", "/health", 200), ("GET", "/nothing", 404), ("PUT", "/health", 405), ("GET", "/health/", 307)]
    {
        let answer = send(&world, &request(method, path).header("origin", APP));
        assert_eq!((answer.status, header(&answer, "access-control-allow-origin")), (status, Some(APP)), "{path}");
    }
    assert_eq!(send(&world, &preflight("/nothing", APP)).status, 404);
    let no_preflight = request("OPTIONS", "/health").header("origin", APP);
    assert_eq!(send(&world, &no_preflight).status, 405, "the methods are not asked for");
}

#[test]
fn a_list_with_anything_but_origins_is_refused() {
    for list in ["*", "https://app.example.com/", "app.example.com", "https://a.example;https://b.example"] {
        let config = Config::parse(|name| match name {
            "SECRET_KEY" => text(Some(SECRET)),
            "CORS_ORIGINS" => text(Some(list)),
            _ => Variable::Absent,
        });
        assert!(config.unwrap_err().to_string().starts_with("CORS_ORIGINS is "), "{list}");
    }
}

#[test]
fn the_docs_are_static_assets_until_they_are_switched_off() {
    let assets = ["/docs", "/docs/start.js", "/docs/swagger-ui-bundle.js", "/openapi.json"];
    for path in assets {
        let answer = send(&world(&[]), &request("GET", path));
        assert!((answer.status, answer.is_asset) == (200, true), "{path}");
        for (method, path) in [("GET", path.to_owned()), ("POST", path.to_owned()), ("GET", format!("{path}/"))] {
            let answer = send(&world(&[("DOCS", "off")]), &request(method, &path));
            assert!((answer.status, answer.is_asset) == (404, false), "{method} {path}");
        }
        let without_binding = World::default().serve(&request("GET", path), Pieces::default()).response;
        assert_eq!(without_binding.status, 404);
    }
    for (method, path, status) in
        [("POST", "/docs", 405), ("GET", "/docs/", 307), ("GET", "/docs/other.js", 404), ("GET", "/docs.html", 404)]
    {
        let answer = send(&world(&[("DOCS", "on")]), &request(method, path));
        assert!((answer.status, answer.is_asset) == (status, false), "{path}");
    }
}

#[test]
fn every_response_restricts_what_a_browser_does_with_it() {
    let requests = [
        post(),
        request("GET", "/health"),
        request("GET", "/nothing"),
        request("GET", "/docs"),
        preflight("/api/user/login", APP),
    ];
    for request in requests {
        let answer = send(&shared(), &request);
        for (name, value) in [
            ("strict-transport-security", "max-age=31536000"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(header(&answer, name), Some(value), "{}", request.path);
        }
        let policy = header(&answer, "content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && policy.ends_with("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe") && policy.contains("script-src") == answer.is_asset, "{policy}");
    }
}
