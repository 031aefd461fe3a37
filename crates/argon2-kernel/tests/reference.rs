//! Compares the kernel with the `argon2` crate and with the test vectors of RFC 9106.

use argon2::{Algorithm, AssociatedData, Params, ParamsBuilder, Version};
use proptest::prelude::*;

fn algorithm() -> impl Strategy<Value = Algorithm> {
    prop_oneof![Just(Algorithm::Argon2d), Just(Algorithm::Argon2i), Just(Algorithm::Argon2id)]
}

fn version() -> impl Strategy<Value = Version> {
    prop_oneof![Just(Version::V0x10), Just(Version::V0x13)]
}

/// Parameters that include memory sizes that don't divide into whole segments, and segments that need
/// several address blocks.
fn parameters() -> impl Strategy<Value = Params> {
    (1u32..=5, 1u32..=4, 0u32..=1500, 4usize..=200)
        .prop_filter_map("parameters must be valid", |(lanes, passes, more, tag)| {
            Params::new(8 * lanes + more, passes, lanes, Some(tag)).ok()
        })
}

proptest! {
    #[test]
    fn computes_the_same_tag_as_the_crate(
        (algorithm, version, params) in (algorithm(), version(), parameters()),
        password in prop::collection::vec(any::<u8>(), 0..200),
        salt in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let bytes = params.output_len().unwrap_or_default();
        let (mut ours, mut theirs) = (vec![0; bytes], vec![0; bytes]);
        let result = argon2_kernel::Argon2::new(algorithm, version, params.clone()).hash_password_into(&password, &salt, &mut ours);
        prop_assert_eq!(result, argon2::Argon2::new(algorithm, version, params).hash_password_into(&password, &salt, &mut theirs));
        prop_assert_eq!(ours, theirs);
    }
}

#[test]
fn accepts_the_same_tag_lengths_as_the_crate() {
    for (stated, given) in [(None, 3), (None, 4), (None, 65), (Some(32), 31), (Some(32), 32), (Some(32), 33)] {
        let params = Params::new(8, 1, 1, stated).expect("valid parameters");
        let (mut ours, mut theirs) = (vec![0; given], vec![0; given]);
        let kernel = argon2_kernel::Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
        let reference = argon2::Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        assert_eq!(
            kernel.hash_password_into(b"", b"saltsalt", &mut ours),
            reference.hash_password_into(b"", b"saltsalt", &mut theirs)
        );
        assert_eq!(ours, theirs);
    }
}

/// The test vectors of RFC 9106 §5.
#[test]
fn computes_the_tags_of_the_rfc() {
    let data = AssociatedData::new(&[4; 12]).expect("valid associated data");
    let params = ParamsBuilder::new().m_cost(32).t_cost(3).p_cost(4).data(data).build().expect("valid parameters");
    let vectors = [
        (Algorithm::Argon2d, "512b391b6f1162975371d30919734294f868e3be3984f3c1a13a4db9fabe4acb"),
        (Algorithm::Argon2i, "c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8"),
        (Algorithm::Argon2id, "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"),
    ];
    for (algorithm, expected) in vectors {
        let kernel = argon2_kernel::Argon2::new_with_secret(&[3; 8], algorithm, Version::V0x13, params.clone());
        let mut tag = [0; 32];
        kernel.hash_password_into(&[1; 32], &[2; 16], &mut tag).expect("valid inputs");
        assert_eq!(tag.map(|byte| format!("{byte:02x}")).concat(), expected);
    }
}
