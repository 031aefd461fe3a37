//! The Worker: bindings in, bindings out. What is decided is decided in the `login` crate.

mod body;
mod environment;
mod guard;
mod request;
mod store;
mod timeout;

use std::sync::OnceLock;

use login::{Answer, Config, ConfigError, Level, Service};
use worker::{Context, Env, Request, Response, Result, console_error, console_log, event};

#[event(fetch)]
async fn fetch(mut incoming: Request, env: Env, _context: Context) -> Result<Response> {
    let moment = environment::moment()?;
    let answer = match config(&env) {
        Err(error) => login::misconfigured(error, &request::read(&incoming, None)?, moment),
        Ok(config) => {
            let request = request::read(&incoming, Some(&config.client_ip_header))?;
            let users = store::Store::bound(config.user_store, &env);
            let service = Service { config, users, guard: guard::Stubs(&env) };
            login::serve(&service, &request, body::Chunks::of(&mut incoming), moment).await
        }
    };
    respond(answer)
}

/// The configuration, parsed by an isolate's first request: a deployment's environment doesn't
/// change.
fn config(env: &Env) -> Result<&'static Config, &'static ConfigError> {
    static CONFIG: OnceLock<Result<Config, ConfigError>> = OnceLock::new();
    CONFIG.get_or_init(|| Config::parse(|name| environment::variable(env, name))).as_ref()
}

fn respond(Answer { response, log }: Answer) -> Result<Response> {
    match log {
        Some((Level::Info, line)) => console_log!("{line}"),
        Some((Level::Error, line)) => console_error!("{line}"),
        None => {}
    }
    let mut outgoing = worker::ResponseBuilder::new().with_status(response.status);
    for (name, value) in &response.headers {
        outgoing = outgoing.with_header(name, value)?;
    }
    Ok(if response.body.is_empty() { outgoing.empty() } else { outgoing.fixed(response.body.into_bytes()) })
}
