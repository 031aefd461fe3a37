//! Checks the `argon2` crate against the test vectors of RFC 9106 §5.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use argon2::{Algorithm, Argon2, AssociatedData, ParamsBuilder, Version};

fn tag(algorithm: Algorithm) -> String {
    let mut builder = ParamsBuilder::new();
    builder.m_cost(32).t_cost(3).p_cost(4).output_len(32).data(AssociatedData::new(&[4; 12]).unwrap());
    let argon2 = Argon2::new_with_secret(&[3; 8], algorithm, Version::V0x13, builder.build().unwrap()).unwrap();
    let mut tag = [0; 32];
    argon2.hash_password_into(&[1; 32], &[2; 16], &mut tag).unwrap();
    tag.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

#[test]
fn argon2d() {
    assert_eq!(tag(Algorithm::Argon2d), "512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb");
}

#[test]
fn argon2i() {
    assert_eq!(tag(Algorithm::Argon2i), "c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8");
}

#[test]
fn argon2id() {
    assert_eq!(tag(Algorithm::Argon2id), "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
}
