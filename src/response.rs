//! From the response of the crate `auth` to the runtime's.

use std::{borrow::Cow, cell::RefCell};

use auth::http::Response;
use worker::{Result, web_sys};

/// Headers whose values are literals in this program.
type Literals = Vec<(&'static str, &'static str)>;

thread_local! {
    /// The runtime's object for each status and `Literals` sent before. Most responses have no other headers. Passing a
    /// dozen headers to the runtime takes longer than everything else about a response.
    static KNOWN: RefCell<Vec<(u16, Literals, web_sys::ResponseInit)>> = const { RefCell::new(Vec::new()) };
}

pub(crate) fn respond(response: &Response) -> Result<web_sys::Response> {
    let (mut literals, mut others) = (Literals::new(), Vec::new());
    for (name, value) in &response.headers {
        match value {
            Cow::Borrowed(value) => literals.push((*name, *value)),
            Cow::Owned(value) => others.push((*name, value)),
        }
    }
    let body = Some(response.body.as_str()).filter(|body| !body.is_empty());
    let answer = web_sys::Response::new_with_opt_str_and_init(body, &init(response.status, literals)?)?;
    if !others.is_empty() {
        let headers = answer.headers();
        others.into_iter().try_for_each(|(name, value)| headers.set(name, value))?;
    }
    Ok(answer)
}

fn init(status: u16, literals: Literals) -> Result<web_sys::ResponseInit> {
    let is_same = |known: &&(u16, Literals, _)| (known.0, &known.1) == (status, &literals);
    if let Some(init) = KNOWN.with_borrow(|known| known.iter().find(is_same).map(|(.., init)| init.clone())) {
        return Ok(init);
    }
    let headers = web_sys::Headers::new()?;
    literals.iter().try_for_each(|(name, value)| headers.set(name, value))?;
    let init = web_sys::ResponseInit::new();
    init.set_status(status);
    init.set_headers(&headers);
    KNOWN.with_borrow_mut(|known| known.push((status, literals, init.clone())));
    Ok(init)
}
