//! Routing: which method and path lead to which endpoint. Everything else gets the answer that
//! Starlette would give.

use percent_encoding::percent_decode_str;

use super::Request;

/// A route: a method, a pattern and an endpoint. In a pattern such as `/users/{username}`, the segment
/// in braces matches any segment that is not empty, and is decoded as UTF-8. The other segments have to be sent
/// as they are written here, so that no encoding of a path evades a rule that names the path. A route
/// for `GET` also answers `HEAD`.
#[derive(Debug)]
pub struct Route<E: 'static> {
    /// The method.
    pub method: &'static str,
    /// The pattern that the path has to match.
    pub pattern: &'static str,
    /// Where the route leads.
    pub endpoint: E,
}

/// The endpoint that a request leads to, and the parameters in its path.
#[derive(Debug, PartialEq, Eq)]
pub struct Matched<E> {
    /// The endpoint.
    pub endpoint: E,
    /// Each parameter's name in the pattern, and its decoded value.
    pub parameters: Vec<(&'static str, String)>,
}

/// Why a request leads to no endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteError {
    /// No route has this path.
    NotFound,
    /// The path has routes, but for other methods.
    MethodNotAllowed {
        /// The methods that the path has, in the form of the header `Allow` (RFC 9110 §10.2.1).
        allow: String,
    },
    /// The path would have a route without the slashes at its end.
    Redirect {
        /// The path to go to, percent-encoded, with the request's query.
        location: String,
    },
}

/// Finds the route of a request.
///
/// # Errors
/// [`RouteError`] if no route fits.
pub fn find<E: Copy>(routes: &[Route<E>], request: &Request<'_>) -> Result<Matched<E>, RouteError> {
    let path = request.path.as_str();
    let mut on_path = routes.iter().filter_map(|route| Some((route, parameters(route.pattern, path)?))).peekable();
    if on_path.peek().is_some() {
        let mut allow = Vec::new();
        for (route, parameters) in on_path {
            if answers(route.method, &request.method) {
                return Ok(Matched { endpoint: route.endpoint, parameters });
            }
            allow.push(route.method);
            if route.method == "GET" {
                allow.push("HEAD");
            }
        }
        return Err(RouteError::MethodNotAllowed { allow: allow.join(", ") });
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed != path && routes.iter().any(|route| parameters(route.pattern, trimmed).is_some()) {
        let location = match &request.query {
            Some(query) => format!("{trimmed}?{query}"),
            None => trimmed.to_owned(),
        };
        return Err(RouteError::Redirect { location });
    }
    Err(RouteError::NotFound)
}

fn answers(route: &str, method: &str) -> bool {
    route == method || (route == "GET" && method == "HEAD")
}

/// The parameters of a path, or `None` if it doesn't match the pattern.
fn parameters(mut pattern: &'static str, mut path: &str) -> Option<Vec<(&'static str, String)>> {
    let mut parameters = Vec::new();
    loop {
        let both = pattern.bytes().zip(path.bytes());
        let same = both.take_while(|(expected, byte)| expected == byte && *expected != b'{').count();
        (pattern, path) = (pattern.get(same..)?, path.get(same..)?);
        let Some(parameter) = pattern.strip_prefix('{') else {
            return (pattern.is_empty() && path.is_empty()).then_some(parameters);
        };
        let (name, rest) = parameter.split_once('}')?;
        let (segment, after) = path.split_at(path.find('/').unwrap_or(path.len()));
        if segment.is_empty() {
            return None;
        }
        parameters.push((name, percent_decode_str(segment).decode_utf8().ok()?.into_owned()));
        (pattern, path) = (rest, after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Client, Headers};

    const ROUTES: &[Route<char>] = &[
        Route { method: "GET", pattern: "/users", endpoint: 'l' },
        Route { method: "GET", pattern: "/users/{username}", endpoint: 'g' },
        Route { method: "DELETE", pattern: "/users/{username}", endpoint: 'd' },
        Route { method: "POST", pattern: "/users/{username}/sessions/{id}", endpoint: 's' },
    ];

    struct NoHeaders;

    impl Headers for NoHeaders {
        fn get(&self, _name: &str) -> Option<String> {
            None
        }
    }

    fn route(method: &str, path: &str) -> Result<Matched<char>, RouteError> {
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query.to_owned())));
        let (method, path) = (method.to_owned(), path.to_owned());
        find(
            ROUTES,
            &Request { method, origin: String::new(), path, query, headers: &NoHeaders, client: Client::default() },
        )
    }

    fn matched(endpoint: char, parameters: &[(&'static str, &str)]) -> Matched<char> {
        let parameters = parameters.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Matched { endpoint, parameters }
    }

    #[test]
    fn a_path_has_several_methods_and_parameters() {
        assert_eq!(route("GET", "/users"), Ok(matched('l', &[])));
        assert_eq!(route("GET", "/users/al%20ice"), Ok(matched('g', &[("username", "al ice")])));
        assert_eq!(route("DELETE", "/users/alice"), Ok(matched('d', &[("username", "alice")])));
        let both = [("username", "alice"), ("id", "7")];
        assert_eq!(route("POST", "/users/alice/sessions/7"), Ok(matched('s', &both)));
        for path in ["/", "/user", "/users/alice/sessions", "/users/alice/sessions//", "/x/users"] {
            assert_eq!(route("GET", path), Err(RouteError::NotFound), "{path}");
        }
    }

    #[test]
    fn head_is_answered_like_get_and_options_with_the_methods() {
        assert_eq!(route("HEAD", "/users/alice"), Ok(matched('g', &[("username", "alice")])));
        let not_allowed = |allow: &str| Err(RouteError::MethodNotAllowed { allow: allow.to_owned() });
        assert_eq!(route("OPTIONS", "/users/alice"), not_allowed("GET, HEAD, DELETE"));
        assert_eq!(route("HEAD", "/users/alice/sessions/7"), not_allowed("POST"));
        assert_eq!(route("get", "/users"), not_allowed("GET, HEAD"));
    }

    #[test]
    fn slashes_at_the_end_redirect_with_the_query() {
        let redirect = |location: &str| Err(RouteError::Redirect { location: location.to_owned() });
        assert_eq!(route("GET", "/users/?a=b"), redirect("/users?a=b"));
        assert_eq!(route("GET", "/users//"), redirect("/users"));
        assert_eq!(route("PUT", "/users/b%C3%A9%0D%0A%3Fx%23/"), redirect("/users/b%C3%A9%0D%0A%3Fx%23"));
    }

    #[test]
    fn a_path_has_one_spelling() {
        assert_eq!(route("GET", "/users/a%2fb"), Ok(matched('g', &[("username", "a/b")])));
        for path in [
            "/users/%FF",
            "/%75sers",
            "/users%2F",
            "/users%2falice",
            "%2Fusers",
            "/users%5Calice",
            "//users",
            "/users;",
            "/./users",
        ] {
            assert_eq!(route("GET", path), Err(RouteError::NotFound), "{path}");
        }
    }
}
