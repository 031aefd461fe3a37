//! The sign-up's form, read as FastAPI reads four form fields.

use accounts::Email;
use passwords::Password;

use crate::{
    http::form::Form,
    login::{FieldError, required},
};

/// Who wants to be a user.
#[derive(Debug)]
pub struct SignUpForm {
    /// The username, exactly as sent. It is not empty.
    pub username: String,
    /// The password, which was sent twice.
    pub password: Password,
    /// The address that is kept beside the user.
    pub email: Email,
}

impl SignUpForm {
    /// Reads the form.
    ///
    /// # Errors
    /// One [`FieldError`] for each field that is wrong, in the fields' order.
    pub fn parse(form: &Form) -> Result<Self, Vec<FieldError>> {
        let username = required(form, "username");
        let password = required(form, "password1");
        let repeated = required(form, "password2").and_then(|repeated| match password {
            Ok(password) if password != repeated => Err(FieldError::value("password2", &"the passwords differ")),
            _ => Ok(()),
        });
        let email = required(form, "email")
            .and_then(|email| Email::try_from(email.to_string()).map_err(|why| FieldError::value("email", &why)));
        match (username, password, repeated, email) {
            (Ok(username), Ok(password), Ok(()), Ok(email)) => {
                Ok(Self { username: username.to_string(), password: password.clone().into(), email })
            }
            (username, password, repeated, email) => {
                let fields = [username.map(drop), password.map(drop), repeated, email.map(drop)];
                Err(fields.into_iter().filter_map(Result::err).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parse(body: &str) -> Result<SignUpForm, Value> {
        let form = Form::parse(Some("application/x-www-form-urlencoded"), body.as_bytes()).unwrap();
        SignUpForm::parse(&form).map_err(|errors| serde_json::to_value(errors).unwrap())
    }

    #[test]
    fn a_form_is_read_and_its_password_is_not_printed() {
        let form = parse("username=alice&password1=hunter2&password2=hunter2&email=a%40b.example").unwrap();
        assert_eq!(
            (form.username.as_str(), form.password.expose(), form.email.as_str()),
            ("alice", "hunter2", "a@b.example")
        );
        assert!(!format!("{form:?}").contains("hunter2"));
    }

    #[test]
    fn each_missing_field_is_named_in_order() {
        let missing = |name| json!({"type": "missing", "loc": ["body", name], "msg": "Field required", "input": null});
        let all = ["username", "password1", "password2", "email"].map(missing);
        assert_eq!(parse("username=").unwrap_err(), json!(all));
    }

    #[test]
    fn passwords_that_differ_are_refused_and_not_repeated() {
        let errors = parse("username=alice&password1=hunter2&password2=hunter3&email=a%40b.example").unwrap_err();
        assert_eq!(
            errors,
            json!([{"type": "value_error", "loc": ["body", "password2"], "msg": "Value error, the passwords differ", "input": null}])
        );
    }

    #[test]
    fn an_address_without_an_at_is_refused() {
        let errors = parse("username=alice&password1=hunter2&password2=hunter2&email=nobody").unwrap_err();
        assert_eq!(errors[0]["loc"], json!(["body", "email"]));
    }
}
