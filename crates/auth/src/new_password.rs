//! What is asked of every new password, whoever chooses it: the rules, and if `BREACH_CHECK` is on, that it is in no list of
//! breached ones.

use std::time::Duration;

use accounts::{
    Username,
    new_password::{RefusedPassword, check},
};
use passwords::{BreachRange, Password};

use crate::{
    config::Config,
    log::RequestFields,
    platform::{Outgoing, Outside, Platform},
};

/// The service that knows breached passwords (<https://haveibeenpwned.com/API/v3#PwnedPasswords>).
const RANGES: &str = "https://api.pwnedpasswords.com/range/";
/// How long it may take. After that, the password is taken.
const LIMIT: Duration = Duration::from_secs(1);

/// Checks a new password by the rules, and then by the list.
///
/// # Errors
/// [`RefusedPassword`] if it must not be stored.
pub(crate) async fn check_new_password(
    config: &Config,
    platform: &impl Platform,
    password: &Password,
    username: &Username,
    fields: &mut RequestFields<'_>,
) -> Result<(), RefusedPassword> {
    check(password.expose(), username)?;
    refuse_breached(config, platform, password, fields).await
}

/// Refuses a password that is known from a breach. The service learns the first five digits of its SHA-1, and from the padded
/// answer's length nobody learns anything. If the service fails, the password is taken, and the log says so.
///
/// # Errors
/// [`RefusedPassword::Breached`].
pub(crate) async fn refuse_breached(
    config: &Config,
    platform: &impl Platform,
    password: &Password,
    fields: &mut RequestFields<'_>,
) -> Result<(), RefusedPassword> {
    if !config.breach_check {
        return Ok(());
    }
    let range = BreachRange::of(password);
    let url = format!("{RANGES}{}", range.prefix());
    let question = Outgoing { url: &url, header: Some(("add-padding", "true")), form: None, limit: LIMIT };
    match platform.outside().ask(&question).await {
        Ok(answer) if range.is_in(&answer) => Err(RefusedPassword::Breached),
        Ok(_) => Ok(()),
        Err(error) => {
            fields.warning = Some(format!("the password was not looked up among breached ones: {error}"));
            Ok(())
        }
    }
}
