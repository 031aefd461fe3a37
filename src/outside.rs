//! Requests to services elsewhere.

use auth::platform::{Outgoing, Outside, OutsideError};
use worker::{Error, Fetch, Result, wasm_bindgen::JsValue, web_sys};

use crate::{console::reason, timeout::within};

/// The runtime's `fetch`.
pub(crate) struct Internet;

impl Outside for Internet {
    async fn ask(&self, question: &Outgoing<'_>) -> Result<String, OutsideError> {
        let answer = within(question.limit, fetch(question)).await;
        let in_time = answer.ok_or_else(|| OutsideError(format!("no answer within {} s", question.limit.as_secs())))?;
        in_time.map_err(|error| OutsideError(reason(&error)))
    }
}

async fn fetch(Outgoing { url, header, form, .. }: &Outgoing<'_>) -> Result<String> {
    let (headers, init) = (web_sys::Headers::new()?, web_sys::RequestInit::new());
    if let Some((name, value)) = header {
        headers.set(name, value)?;
    }
    if let Some(form) = form {
        headers.set("content-type", "application/x-www-form-urlencoded")?;
        init.set_method("POST");
        init.set_body(&JsValue::from_str(form));
    }
    init.set_headers(&headers);
    // A redirect is no answer: nothing is sent to where it points.
    init.set_redirect(web_sys::RequestRedirect::Manual);
    let request = web_sys::Request::new_with_str_and_init(url, &init)?;
    let mut answer = Fetch::Request(request.into()).send().await?;
    match answer.status_code() {
        200 => answer.text().await,
        status => Err(Error::RustError(format!("it answered {status}"))),
    }
}
