//! Keys from the RFCs, for `SIGNING_KEYS`.

use serde_json::{Value, json};

/// RFC 7515 §A.3.
pub fn es256(kid: &str, state: &str) -> Value {
    json!({
        "kid": kid, "alg": "ES256", "state": state, "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
    })
}

/// RFC 8037 §A.1.
pub fn eddsa(kid: &str, state: &str) -> Value {
    json!({
        "kid": kid, "alg": "EdDSA", "state": state, "kty": "OKP", "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    })
}
