//! The Worker: bindings in, bindings out. What is decided is decided in the `login` crate.

mod body;
mod environment;
mod fault;
mod guard;
mod object;
mod request;
mod sqlite;
mod store;
mod timeout;
mod upgrades;

use std::sync::OnceLock;

use login::{Answer, Config, ConfigError, Level, Service, Upgrade};
use worker::{
    Context, Env, Result, console_error, console_log, event,
    js_sys::{Object, Reflect},
    wasm_bindgen::JsValue,
    web_sys,
};

#[event(fetch)]
async fn fetch(incoming: web_sys::Request, env: Env, context: Context) -> Result<web_sys::Response> {
    let moment = environment::moment()?;
    let Answer { response, log: line, upgrade } = match config(&env) {
        Err(error) => login::misconfigured(error, &request::read(&incoming, None)?, moment),
        Ok(config) => {
            let request = request::read(&incoming, Some(&config.client_ip_header))?;
            let body = body::Chunks::of(&incoming, request.content_length.as_deref());
            login::serve(&service(config, &env), &request, body, moment).await
        }
    };
    log(line);
    if let Some(upgrade) = upgrade {
        // Runs on once the response was sent.
        context.wait_until(make(upgrade, env));
    }
    respond(&response)
}

async fn make(upgrade: Upgrade, env: Env) {
    if let (Ok(config), Ok(moment)) = (config(&env), environment::moment()) {
        log(login::upgrade(&service(config, &env), upgrade, moment).await);
    }
}

fn service<'a>(config: &'a Config, env: &'a Env) -> Service<'a, store::Store<'a>, guard::Stubs<'a>> {
    Service { config, users: store::Store::bound(config.user_store, env), guard: guard::Stubs(env) }
}

/// The configuration, parsed by an isolate's first request: a deployment's environment doesn't
/// change.
fn config(env: &Env) -> Result<&'static Config, &'static ConfigError> {
    static CONFIG: OnceLock<Result<Config, ConfigError>> = OnceLock::new();
    CONFIG.get_or_init(|| Config::parse(|name| environment::variable(env, name))).as_ref()
}

fn log(line: Option<(Level, String)>) {
    match line {
        Some((Level::Info, line)) => console_log!("{line}"),
        Some((Level::Error, line)) => console_error!("{line}"),
        None => {}
    }
}

fn respond(response: &login::Response) -> Result<web_sys::Response> {
    let headers = Object::new();
    for (name, value) in &response.headers {
        Reflect::set(&headers, &JsValue::from_str(name), &JsValue::from_str(value))?;
    }
    let init = web_sys::ResponseInit::new();
    init.set_status(response.status);
    init.set_headers(&headers);
    let body = Some(response.body.as_str()).filter(|body| !body.is_empty());
    Ok(web_sys::Response::new_with_opt_str_and_init(body, &init)?)
}
