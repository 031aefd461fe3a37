//! FastAPI's recorded responses, compared request by request with those of `auth`.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use auth::{http::form::Form, login::PasswordGrant};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use support::{Pieces, Sent, World, header, json};

struct Case {
    id: String,
    request: Sent,
    content_type: Option<String>,
    body: Vec<u8>,
    response: Value,
    grant: Option<Value>,
}

fn cases(file: &str) -> Vec<Case> {
    file.lines().map(|line| Case::parse(&serde_json::from_str(line).unwrap())).collect()
}

impl Case {
    fn parse(case: &Value) -> Self {
        let sent = &case["request"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let url = text(&sent["path"]).unwrap();
        let (path, query) = match url.split_once('?') {
            Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
            None => (url, None),
        };
        let content_type = text(&sent["headers"]["content-type"]);
        let query = query.filter(|query| !query.is_empty());
        let request = Sent { method: text(&sent["method"]).unwrap(), path, query, ..Sent::default() };
        Self {
            id: text(&case["id"]).unwrap(),
            request: match &content_type {
                Some(content_type) => request.header("content-type", content_type),
                None => request,
            },
            content_type,
            body: match sent["body_base64"].as_str() {
                Some(body) => BASE64_STANDARD.decode(body).unwrap(),
                None => sent["body"].as_str().unwrap().as_bytes().to_vec(),
            },
            response: case["response"].clone(),
            grant: case.get("grant").cloned(),
        }
    }
}

/// A body without what may differ: the fields that FastAPI doesn't have, and a token's bytes.
fn comparable(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.remove("error");
        fields.remove("expires_in");
        if let Some(token) = fields.remove("access_token") {
            let mut parts = token.as_str().unwrap().split('.').map(|part| BASE64_URL_SAFE_NO_PAD.decode(part));
            if let (Some(Ok(header)), Some(Ok(claims))) = (parts.next(), parts.next()) {
                let claims: Value = serde_json::from_slice(&claims).unwrap();
                fields.insert("header".into(), serde_json::from_slice(&header).unwrap());
                fields.insert("sub".into(), claims["sub"].clone());
            }
        }
    }
    body
}

/// The status of a case that is answered otherwise on purpose: see `docs/decisions/0002-forms.md`.
fn otherwise(id: &str) -> Option<Value> {
    let cases: Value = serde_json::from_str(include_str!("../../../tests/conformance/otherwise.json")).unwrap();
    cases.get(id).cloned()
}

fn check(case: &Case) {
    let id = &case.id;
    let answer = World::default().serve(&case.request, Pieces::whole(&case.body)).response;
    if let Some(status) = otherwise(id) {
        return assert_eq!(json!(answer.status), status, "{id}");
    }
    assert_eq!(json!(answer.status), case.response["status"], "{id}: {answer:?}");
    for (name, value) in case.response["headers"].as_object().unwrap() {
        assert_eq!(header(&answer, name), value.as_str(), "{id}: {name}");
    }
    match case.response.get("json") {
        Some(_) if is_file_upload(&case.response) => {}
        Some(recorded) if recorded["access_token"] == "…" => {
            assert_eq!(json(&answer)["username"], recorded["username"], "{id}");
        }
        Some(recorded) => assert_eq!(comparable(json(&answer)), comparable(recorded.clone()), "{id}"),
        None => assert!(answer.body.is_empty(), "{id}"),
    }
    if let Some(recorded) = &case.grant {
        let form = Form::parse(case.content_type.as_deref(), &case.body).unwrap();
        let grant = PasswordGrant::parse(&form).unwrap();
        let read = json!({ "username": grant.username, "password": grant.password.expose() });
        assert_eq!(&read, recorded, "{id}");
    }
}

/// Whether the response reports an uploaded file: FastAPI's shows its own temporary file there.
fn is_file_upload(response: &Value) -> bool {
    response["json"]["detail"]
        .as_array()
        .is_some_and(|errors| errors.iter().any(|error| error["type"] == "string_type"))
}

#[test]
fn recorded_logins() {
    let cases = cases(include_str!("../../../tests/conformance/fastapi-login.jsonl"));
    assert_eq!(cases.len(), 23);
    cases.iter().for_each(check);
}

#[test]
fn recorded_edge_cases() {
    let cases = cases(include_str!("../../../tests/conformance/edge-cases.jsonl"));
    assert_eq!(cases.len(), 580);
    cases.iter().for_each(check);
}
