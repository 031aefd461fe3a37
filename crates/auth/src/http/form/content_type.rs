//! Headers with options, such as `value; name=text; name="text"`, read as python-multipart's
//! `parse_options_header` reads them.

const BLANK: [char; 2] = [' ', '\t'];

/// The parts of a header such as `Content-Type` or `Content-Disposition`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HeaderOptions {
    /// The part before the first `;`, in lower case.
    pub(super) value: String,
    options: Vec<(String, String)>,
}

impl HeaderOptions {
    pub(super) fn parse(header: &str) -> Self {
        let mut segments = split(header);
        let value = segments.next().unwrap_or_default().trim_matches(BLANK).to_lowercase();
        let options = segments.map(option).filter(|(name, _)| !name.contains('*')).collect();
        Self { value, options }
    }

    /// The option with this name, given in lower case. If there are several, the last one counts.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.options.iter().rev().find(|(option, _)| option == name).map(|(_, text)| text.as_str())
    }
}

/// Splits at every `;` that isn't inside double quotes.
fn split(header: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    header.split(move |character| {
        let separates = character == ';' && !quoted;
        quoted ^= character == '"' && !escaped;
        escaped = character == '\\';
        separates
    })
}

/// An option's name in lower case, and its unquoted value. RFC 7578 §4.2 forbids the extended syntax of
/// RFC 5987 (`name*=`) in forms, so the caller drops such options.
fn option(segment: &str) -> (String, String) {
    let (name, text) = segment.split_once('=').unwrap_or((segment, ""));
    let text = text.trim_matches(BLANK);
    let text = match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(quoted) => quoted.replace(r"\\", r"\").replace(r#"\""#, "\""),
        None => text.to_owned(),
    };
    (name.trim_matches(BLANK).to_lowercase(), text)
}
