//! Unicode's normal form NFKC (UAX #15), by who has its tables: the runtime where there is one, as
//! they are 63 KB of a compressed Worker, else a crate.

use zeroize::Zeroizing;

/// What Better Auth hashes of a password.
pub(crate) fn nfkc(text: &str) -> Zeroizing<String> {
    // Nothing in ASCII has another form.
    Zeroizing::new(if text.is_ascii() { text.to_owned() } else { normalized(text) })
}

/// By `String.prototype.normalize`, which Better Auth calls too. What JavaScript holds of the text
/// can't be wiped.
#[cfg(target_arch = "wasm32")]
fn normalized(text: &str) -> String {
    js_sys::JsString::from(text).normalize("NFKC").into()
}

#[cfg(not(target_arch = "wasm32"))]
fn normalized(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;

    // Room for all of it: a text that moves leaves its characters behind.
    let mut normalized = String::with_capacity(LARGEST_FACTOR * text.len());
    normalized.extend(text.nfkc());
    normalized
}

/// By which NFKC makes a text longer in UTF-8, at most.
#[cfg(not(target_arch = "wasm32"))]
const LARGEST_FACTOR: usize = 11;
