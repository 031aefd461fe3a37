//! Properties that hold for any input: every request gets a response of the documented kinds, and what
//! was sent is read as it was sent.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use accounts::Username;
use auth::{http::form::Form, login::PasswordGrant};
use guard::{Attempt, BucketNames, HashRequest, MessageError, Verdict, rehash::Replacement};
use proptest::{collection::vec, prelude::*};
use support::{FORM, Pieces, Sent, World};

fn content_type() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        Just(Some("application/x-www-form-urlencoded".to_owned())),
        Just(Some("multipart/form-data; boundary=B".to_owned())),
        any::<String>().prop_map(Some),
        "multipart/form-data;.{0,40}".prop_map(Some),
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let part = "(--B|\r\n|:|;|=|\"|-|Content-Disposition: form-data; name=|username|password|.{0,3})";
    prop_oneof![
        vec(any::<u8>(), 0..300),
        "[a-z=&%+;0-9\\u{0}-\\u{ff}]{0,200}".prop_map(String::into_bytes),
        vec(part, 0..30).prop_map(|parts| parts.concat().into_bytes()),
    ]
}

proptest! {
    #[test]
    fn any_request_gets_an_answer_of_the_documented_kinds(
        method in "(GET|POST|HEAD|.{0,8})",
        path in "(/api/user/login/{0,2}|/health|/.{0,30})",
        content_type in content_type(),
        content_length in proptest::option::of("[0-9]{0,20}"),
        body in body(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut request = Sent { method, path, ..Sent::default() };
        for (name, value) in [("content-type", content_type), ("content-length", content_length)] {
            request = value.iter().fold(request, |request, value| request.header(name, value));
        }
        let (head, tail) = body.split_at(cut.index(body.len() + 1));
        let pieces = Pieces { left: vec![head.to_vec(), tail.to_vec()], ..Pieces::default() };
        let response = World::default().serve(&request, pieces).response;
        prop_assert!([200, 307, 400, 401, 404, 405, 413, 422].contains(&response.status), "{response:?}");
        prop_assert!(response.body.is_empty() || serde_json::from_str::<serde_json::Value>(&response.body).is_ok());
    }

    #[test]
    fn a_form_says_what_was_sent(username in ".{1,60}", password in ".{1,60}") {
        let form = serde_urlencoded::to_string([("username", &username), ("password", &password)]).unwrap();
        let form = Form::parse(Some(FORM), form.as_bytes()).unwrap();
        let grant = PasswordGrant::parse(&form).unwrap();
        prop_assert_eq!((grant.username.as_str(), grant.password.expose()), (username.as_str(), password.as_str()));
    }

    #[test]
    fn a_multipart_form_says_what_was_sent(username in "[^\r]{1,60}", password in "[^\r]{1,60}") {
        let part = |name, text| format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
        let body = format!("{}{}--B--\r\n", part("username", &username), part("password", &password));
        let form = Form::parse(Some("multipart/form-data; boundary=B"), body.as_bytes()).unwrap();
        let grant = PasswordGrant::parse(&form).unwrap();
        prop_assert_eq!((grant.username.as_str(), grant.password.expose()), (username.as_str(), password.as_str()));
    }

    #[test]
    fn a_username_is_a_key_or_refused(text in any::<String>()) {
        let fits = !text.is_empty() && text.len() <= 256 && !text.contains(char::is_control);
        prop_assert_eq!(Username::parse(&text).map(|name| name.as_str().to_owned()), fits.then_some(text));
    }

    #[test]
    fn messages_to_and_from_the_guard_survive(password in any::<String>(), noise in any::<String>()) {
        let hash = passwords::StoredHash::dummy();
        let buckets = BucketNames { account: "a".into(), network: "n".into(), network_is_known: true, already_counted: false };
        let attempt = Attempt { buckets: buckets.clone(), hash, password: passwords::Password::new(password.clone()), version: Some(0), session: None };
        let arrived = Attempt::from_message(&attempt.to_message().unwrap()).unwrap();
        prop_assert_eq!(&arrived.buckets, &buckets);
        prop_assert_eq!(arrived.password.expose(), password.as_str());
        prop_assert_eq!(arrived.hash.expose(), attempt.hash.expose());
        prop_assert_eq!(Attempt::from_message(&noise).err(), Some(MessageError));
        prop_assert!(Verdict::from_message(&noise).is_err());
    }

    #[test]
    fn messages_of_a_rehash_survive(password in any::<String>(), salt in any::<[u8; 16]>(), username in ".{1,60}", noise in any::<String>()) {
        let request = HashRequest { password: passwords::Password::new(password.clone()), salt };
        let arrived = HashRequest::from_message(&request.to_message().unwrap()).unwrap();
        prop_assert_eq!((arrived.password.expose(), arrived.salt), (password.as_str(), salt));
        prop_assert_eq!(HashRequest::from_message(&noise).err(), Some(MessageError));
        prop_assert_eq!(HashRequest::read_answer(&noise).err(), Some(MessageError));
        // The Worker and the object may be of different versions, so no message passes for another.
        prop_assert_eq!(Attempt::from_message(&request.to_message().unwrap()).err(), Some(MessageError));

        let Some(username) = Username::parse(&username) else { return Ok(()) };
        let old = passwords::StoredHash::parse("$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy").unwrap();
        let replacement = Replacement { username, old, new: passwords::StoredHash::dummy() };
        let arrived = Replacement::from_message(&replacement.to_message().unwrap()).unwrap();
        prop_assert_eq!(&arrived.username, &replacement.username);
        prop_assert_eq!((arrived.old.expose(), arrived.new.expose()), (replacement.old.expose(), replacement.new.expose()));
        prop_assert!(Replacement::from_message(&noise).is_err());
    }

    #[test]
    fn only_the_right_password_logs_in(password in ".{1,40}") {
        let expected = if password == "correct horse battery staple" { 200 } else { 401 };
        prop_assert_eq!(World::default().login("alice", &password).response.status, expected);
    }
}
