//! `multipart/form-data` (RFC 7578), with the tolerance and the limits of python-multipart: line breaks
//! may precede the first boundary, white space may follow a later one, what comes after the last one is
//! ignored, and a body that ends early keeps the parts that were complete.

use zeroize::Zeroizing;

use super::{
    content_type::HeaderOptions,
    error::FormError,
    value::{MAX_FIELDS, Value, latin1},
};

const MAX_BOUNDARY_BYTES: usize = 256;
const MAX_HEADERS: usize = 8;
const MAX_HEADER_BYTES: usize = 4096 + 128;

/// What a step read and what comes after it, or `None` if the body ends early.
type Step<T> = Result<Option<T>, FormError>;

pub(super) fn parse(header: &HeaderOptions, body: &[u8]) -> Result<Vec<(String, Value)>, FormError> {
    let boundary = header.get("boundary").ok_or(FormError::MissingBoundary)?;
    if boundary.len() > MAX_BOUNDARY_BYTES {
        return Err(FormError::InvalidMultipart);
    }
    let charset = Charset::named(header.get("charset").unwrap_or("utf-8"));
    let delimiter = format!("\r\n--{boundary}");

    let (mut fields, mut texts, mut files) = (Vec::new(), 0, 0);
    let mut rest = opening(body, &delimiter)?;
    while let Some(part) = rest {
        let Some((disposition, data)) = headers(part)? else { break };
        let name = disposition.get("name").ok_or(FormError::MissingName)?.to_owned();
        let is_file = disposition.get("filename").is_some();
        let (count, too_many) =
            if is_file { (&mut files, FormError::TooManyFiles) } else { (&mut texts, FormError::TooManyFields) };
        *count += 1;
        if *count > MAX_FIELDS {
            return Err(too_many);
        }
        let Some((text, next)) = content(data, delimiter.as_bytes())? else { break };
        fields.push((name, if is_file { Value::File } else { Value::Text(charset.decode(text)) }));
        rest = next;
    }
    Ok(fields)
}

/// The body after its first boundary, or `None` if there is no part.
fn opening<'a>(body: &'a [u8], delimiter: &str) -> Step<&'a [u8]> {
    let delimiter = delimiter.trim_start().as_bytes();
    let body = match body {
        [b'\r' | b'\n', ..] => {
            let dash = body.iter().position(|byte| *byte == b'-').unwrap_or(body.len());
            body.get(dash..).unwrap_or_default()
        }
        _ => body,
    };
    match body.strip_prefix(delimiter) {
        Some([b'\r', b'\n', part @ ..]) => Ok(Some(part)),
        Some([] | [b'\r' | b'-'] | [b'-', b'-', ..]) => Ok(None),
        None if delimiter.starts_with(body) => Ok(None),
        _ => Err(FormError::InvalidMultipart),
    }
}

/// A part's `Content-Disposition` (the last one if there are several), and the data after the blank
/// line.
fn headers(mut part: &[u8]) -> Step<(HeaderOptions, &[u8])> {
    let mut disposition = HeaderOptions::parse("");
    for count in 0.. {
        match part {
            [b'\r', b'\n', data @ ..] => return Ok(Some((disposition, data))),
            [] | [b'\r'] => return Ok(None),
            [b'\r', ..] => return Err(FormError::InvalidMultipart),
            _ if count == MAX_HEADERS => return Err(FormError::InvalidMultipart),
            _ => {}
        }
        let Some((name, value, next)) = header(part)? else { return Ok(None) };
        if name.eq_ignore_ascii_case(b"content-disposition") {
            disposition = HeaderOptions::parse(&latin1(value));
        }
        part = next;
    }
    Ok(None)
}

/// One header's name and value, and what follows its line.
fn header(part: &[u8]) -> Step<(&[u8], &[u8], &[u8])> {
    let colon = part.iter().position(|byte| *byte == b':');
    let (name, after) = part.split_at(colon.unwrap_or(part.len()));
    if name.len() >= MAX_HEADER_BYTES || !name.iter().all(|byte| is_token(*byte)) {
        return Err(FormError::InvalidMultipart);
    }
    let Some(after) = after.strip_prefix(b":") else { return Ok(None) };
    if name.is_empty() {
        return Err(FormError::InvalidMultipart);
    }
    let end = after.iter().position(|byte| *byte == b'\r').unwrap_or(after.len());
    let (value, line_break) = after.split_at(end);
    if name.len() + 1 + value.len() > MAX_HEADER_BYTES {
        return Err(FormError::InvalidMultipart);
    }
    match line_break {
        [b'\r', b'\n', next @ ..] => Ok(Some((name, value.trim_ascii_start(), next))),
        [] | [b'\r'] => Ok(None),
        _ => Err(FormError::InvalidMultipart),
    }
}

/// A part's data, and the next part if there is one.
fn content<'a>(data: &'a [u8], delimiter: &[u8]) -> Step<(&'a [u8], Option<&'a [u8]>)> {
    let mut from = 0;
    while let Some(found) = data.get(from..).and_then(|rest| find(rest, delimiter)) {
        let (text, rest) = data.split_at(from + found);
        from += found + delimiter.len();
        match rest.strip_prefix(delimiter).unwrap_or_default() {
            [b'\r', b'\n', next @ ..] => return Ok(Some((text, Some(next)))),
            [b'-', b'-', ..] => return Ok(Some((text, None))),
            [b' ' | b'\t', padding @ ..] => {
                let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
                let end = padding.iter().position(|byte| !blank(byte)).unwrap_or(padding.len());
                return match padding.get(end..).unwrap_or_default() {
                    [b'\r', b'\n', next @ ..] => Ok(Some((text, Some(next)))),
                    [] | [b'\r'] => Ok(None),
                    _ => Err(FormError::InvalidMultipart),
                };
            }
            // The data only looks like a boundary here.
            _ => {}
        }
    }
    Ok(None)
}

fn find(data: &[u8], sought: &[u8]) -> Option<usize> {
    data.windows(sought.len()).position(|window| window == sought)
}

/// Whether a byte may be in a header's name (RFC 9110 §5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The encoding of a part's text. FastAPI knows more charsets, but browsers and HTTP clients send
/// UTF-8.
#[derive(Clone, Copy)]
enum Charset {
    Utf8,
    Latin1,
}

impl Charset {
    fn named(name: &str) -> Self {
        match name.to_ascii_lowercase().replace(['-', '_', ' '], "").as_str() {
            "utf8" | "utf" | "u8" => Self::Utf8,
            _ => Self::Latin1,
        }
    }

    /// Decodes a part's text. If it is not valid UTF-8, it is read as Latin-1.
    fn decode(self, bytes: &[u8]) -> Zeroizing<String> {
        match (self, str::from_utf8(bytes)) {
            (Self::Utf8, Ok(text)) => Zeroizing::new(text.to_owned()),
            _ => latin1(bytes),
        }
    }
}
