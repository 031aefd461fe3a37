//! The commands that use the service API, against a server that gives the answers it is told to.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::{Command, Output, Stdio},
    thread,
};

pub(crate) const KEY: &str = "0123456789abcdef0123456789abcdef";
const ALICE: &str = r#"{"username":"alice","disabled":false,"subject":null,"claims":null,"email":"a@example.com","format":"argon2id","created_at":1,"changed_at":2,"version":2000}"#;

/// Runs a command against a server with these answers: status, headers and body. Returns the requests as well.
pub(crate) fn run(args: &[&str], input: &str, key: &str, answers: &[(u16, &str, &str)]) -> (Output, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answers: Vec<String> = answers
        .iter()
        .map(|(status, headers, body)| {
            format!("HTTP/1.1 {status} X\r\n{headers}connection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
        })
        .collect();
    let server = thread::spawn(move || {
        let mut requests = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
            }
            let length = head
                .to_lowercase()
                .split("content-length: ")
                .nth(1)
                .map_or(0, |rest| rest.lines().next().unwrap().trim().parse().unwrap());
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            requests.push(format!("{head}{}", String::from_utf8(body).unwrap()));
        }
        requests
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_edge-login"));
    command.args(args).arg("--api").arg(format!("http://{address}")).env("EDGE_LOGIN_KEY", key);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that asks for nothing may have ended.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    (output, server.join().unwrap())
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap().trim_end()
}

#[test]
fn a_user_is_added_with_the_key_and_a_condition() {
    let args = ["user", "add", "a/b é", "--subject", "7", "--password-stdin"];
    let (output, requests) = run(&args, "correct horse battery\n", KEY, &[(201, "", ALICE)]);
    assert_eq!(text(&output.stdout), "a/b é was added", "{}", text(&output.stderr));
    let request = &requests[0];
    assert!(request.starts_with("PUT /api/users/a%2Fb%20%C3%A9 HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("authorization: Bearer {KEY}\r\n")), "{request}");
    assert!(request.contains("if-none-match: *\r\n"), "{request}");
    assert!(request.ends_with(r#"{"password":"correct horse battery","subject":"7"}"#), "{request}");
}

#[test]
fn a_user_who_exists_is_not_replaced() {
    let args = ["user", "add", "alice", "--password-stdin"];
    let (output, _) = run(&args, "correct horse battery\n", KEY, &[(412, "", "{}")]);
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(text(&output.stderr), "edge-login: there is already a user \"alice\"");
}

#[test]
fn a_user_is_given_a_new_password() {
    let args = ["user", "passwd", "alice", "--password-stdin"];
    let (output, requests) = run(&args, "correct horse battery\n", KEY, &[(200, "", ALICE), (200, "", ALICE)]);
    assert_eq!(text(&output.stdout), "alice was given a new password");
    assert!(requests[1].starts_with("PATCH /api/users/alice "));
    assert!(requests[1].ends_with(r#"{"password":"correct horse battery"}"#));
}

#[test]
fn users_are_disabled_and_deleted_and_those_who_are_missing_are_named() {
    let (output, requests) = run(&["user", "disable", "alice", "bob"], "", KEY, &[(200, "", ALICE), (404, "", "{}")]);
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(text(&output.stdout), "alice was disabled\nthere is no user \"bob\"");
    assert!(requests[0].starts_with("PATCH /api/users/alice ") && requests[0].ends_with(r#"{"disabled":true}"#));
    let (output, requests) = run(&["user", "delete", "alice"], "", KEY, &[(204, "", "")]);
    assert_eq!(text(&output.stdout), "alice was deleted");
    assert!(requests[0].starts_with("DELETE /api/users/alice "));
}

#[test]
fn users_are_shown_and_listed_page_by_page() {
    let (output, _) = run(&["user", "show", "alice", "--json"], "", KEY, &[(200, "", ALICE)]);
    assert!(text(&output.stdout).contains(r#""email":"a@example.com""#), "{}", text(&output.stdout));
    let first = format!(r#"{{"users":[{ALICE}],"next":"alice"}}"#);
    let second = first.replace("alice", "bob");
    let (output, requests) = run(&["user", "list", "--limit", "2"], "", KEY, &[(200, "", &first), (200, "", &second)]);
    assert_eq!(text(&output.stdout), "alice  argon2id\nbob  argon2id\n… more: --after bob");
    assert!(requests[0].starts_with("GET /api/users?limit=2 "));
    assert!(requests[1].starts_with("GET /api/users?limit=1&after=alice "));
}

#[test]
fn sessions_are_listed_and_ended() {
    let list = r#"{"sessions":[{"id":"s1","current":false,"network":"192.0.2.0/24","user_agent":"\u009b2J","refreshed_at":5,"expires_at":9}]}"#;
    let (output, requests) = run(&["session", "list", "alice"], "", KEY, &[(200, "", list)]);
    assert_eq!(text(&output.stdout), "s1  refreshed 5  192.0.2.0/24  \\u009b2J");
    assert!(requests[0].starts_with("GET /api/users/alice/sessions "));
    let (output, requests) = run(&["session", "end", "alice"], "", KEY, &[(204, "", "")]);
    assert_eq!(text(&output.stdout), "alice was logged out everywhere");
    assert!(requests[0].starts_with("DELETE /api/users/alice/sessions "));
}

#[test]
fn a_busy_service_is_asked_again_but_not_to_create() {
    let busy = [(429, "retry-after: 0\r\n", ""), (503, "retry-after: 0\r\n", ""), (200, "", ALICE)];
    let (output, requests) = run(&["user", "enable", "alice"], "", KEY, &busy);
    assert_eq!((text(&output.stdout), requests.len()), ("alice was enabled", 3));
    let unavailable = [(503, "retry-after: 0\r\n", "")];
    let add = ["user", "add", "alice", "--password-stdin"];
    let (output, requests) = run(&add, "correct horse battery\n", KEY, &unavailable);
    assert!(text(&output.stderr).contains("(503)"), "{}", text(&output.stderr));
    assert_eq!((output.status.code(), requests.len()), (Some(1), 1));
    let (output, _) = run(&["user", "show", "alice"], "", KEY, &[unavailable[0]; 4]);
    assert!(text(&output.stderr).contains("(503)"));
    let (output, _) = run(&["user", "show", "alice"], "", KEY, &[(429, "retry-after: 3600\r\n", "")]);
    assert!(text(&output.stderr).contains("no other for 3600 seconds"));
}

#[test]
fn refusals_are_explained_and_a_redirect_gets_no_key() {
    let refused = r#"{"detail":[{"type":"value_error","loc":["body","disabled"],"msg":"it is wrong","input":null}]}"#;
    let moved = "location: http://127.0.0.1:9/\r\n";
    for (answer, code, message) in [
        ((401, "", "{}"), 1, "does not know this key"),
        ((403, "", "{}"), 1, "may only read"),
        ((404, "", "{}"), 4, "there is no user \"alice\""),
        ((422, "", refused), 3, "it is wrong"),
        ((302, moved, ""), 1, "answered 302"),
        ((200, "", "<html>"), 1, "can't be read"),
    ] {
        let (output, _) = run(&["user", "show", "alice"], "", KEY, &[answer]);
        assert_eq!(output.status.code(), Some(code), "{message}");
        assert!(text(&output.stderr).contains(message), "{}", text(&output.stderr));
        assert!(!text(&output.stderr).contains(KEY));
    }
}

#[test]
fn a_name_that_no_url_can_have_and_a_missing_key_send_nothing() {
    for name in [".", ".."] {
        let (output, requests) = run(&["user", "delete", name], "", KEY, &[]);
        assert_eq!((output.status.code(), requests.len()), (Some(3), 0));
    }
    let (output, _) = run(&["user", "show", "alice"], "", " ", &[]);
    assert!(text(&output.stderr).contains("EDGE_LOGIN_KEY"), "{}", text(&output.stderr));
}

#[test]
fn the_key_can_be_in_a_file() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, "another key\n").unwrap();
    let args = ["user", "show", "alice", "--key-file", file.to_str().unwrap()];
    let (_, requests) = run(&args, "", KEY, &[(200, "", ALICE)]);
    assert!(requests[0].contains("authorization: Bearer another key\r\n"));
}
