use crate::{
    body::Body,
    config::{Config, ConfigError},
    guard::Guard,
    health,
    log::{ConfigLine, Level, LoginLine, logged},
    login::login,
    request::{Moment, Request},
    response::Response,
    routes::{self, Endpoint},
    upgrade::Upgrade,
    users::Users,
};

/// What a configured Worker serves with.
#[derive(Debug)]
pub struct Service<'a, U, G> {
    /// The parsed environment.
    pub config: &'a Config,
    /// Where users are kept.
    pub users: U,
    /// Who verifies passwords.
    pub guard: G,
}

/// A response, and the line to log with it if there is one: JSON without secrets.
#[derive(Debug)]
pub struct Answer {
    /// What the client gets.
    pub response: Response,
    /// What the operator gets.
    pub log: Option<(Level, String)>,
    /// What is to be done once the client has its response: [`upgrade`](crate::upgrade()).
    pub upgrade: Option<Upgrade>,
}

/// Answers a request.
pub async fn serve(
    service: &Service<'_, impl Users, impl Guard>,
    request: &Request,
    body: impl Body,
    moment: Moment,
) -> Answer {
    match routes::find(request) {
        Ok(Endpoint::Login) => {
            let mut line = LoginLine::new(moment.now, &request.client);
            let parts = (&service.users, &service.guard);
            let answered = login(service.config, parts, request, body, moment, &mut line).await;
            let (response, upgrade) = answered.unwrap_or_else(|error| (line.failed(&error), None));
            Answer { response, log: logged(line.level(), &line), upgrade }
        }
        Ok(Endpoint::Health) => Answer { response: health::health(&service.users).await, log: None, upgrade: None },
        Err(response) => Answer { response, log: None, upgrade: None },
    }
}

/// Answers any request to a Worker whose configuration is wrong: it refuses to serve.
#[must_use]
pub fn misconfigured(error: &ConfigError, request: &Request, moment: Moment) -> Answer {
    let response = match routes::find(request) {
        Ok(Endpoint::Health) => health::failed("configuration"),
        _ => Response::detail(500, "Internal Server Error"),
    };
    Answer { response, log: logged(Level::Error, &ConfigLine::new(moment.now, error)), upgrade: None }
}
