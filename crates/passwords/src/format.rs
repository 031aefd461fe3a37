//! Names the formats in which libraries write hashes.

use crate::{Argon2Kind, Digest};

/// The format in which a hash is written. Logs and reports show its [`name`](Self::name).
///
/// If only one framework uses a format, the variant starts with the framework's name. The other formats
/// begin with `$` and an identifier, and several libraries use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum Format {
    Argon2(Argon2Kind),
    Bcrypt,
    BcryptSha256,
    Pbkdf2(Digest),
    Scrypt,
    Sha256Crypt,
    Sha512Crypt,
    DjangoArgon2,
    DjangoBcrypt,
    DjangoBcryptSha256,
    DjangoPbkdf2(Digest),
    DjangoScrypt,
    WerkzeugPbkdf2(Digest),
    WerkzeugScrypt,
    BetterAuthScrypt,
}

impl Format {
    /// The format's name, such as `argon2id` or `django_pbkdf2_sha256`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Argon2(kind) => kind.name(),
            Self::Bcrypt => "bcrypt",
            Self::BcryptSha256 => "bcrypt_sha256",
            Self::Pbkdf2(Digest::Sha1) => "pbkdf2_sha1",
            Self::Pbkdf2(Digest::Sha256) => "pbkdf2_sha256",
            Self::Pbkdf2(Digest::Sha512) => "pbkdf2_sha512",
            Self::Scrypt => "scrypt",
            Self::Sha256Crypt => "sha256_crypt",
            Self::Sha512Crypt => "sha512_crypt",
            Self::DjangoArgon2 => "django_argon2",
            Self::DjangoBcrypt => "django_bcrypt",
            Self::DjangoBcryptSha256 => "django_bcrypt_sha256",
            Self::DjangoPbkdf2(Digest::Sha1) => "django_pbkdf2_sha1",
            Self::DjangoPbkdf2(Digest::Sha256) => "django_pbkdf2_sha256",
            Self::DjangoPbkdf2(Digest::Sha512) => "django_pbkdf2_sha512",
            Self::DjangoScrypt => "django_scrypt",
            Self::WerkzeugPbkdf2(Digest::Sha1) => "werkzeug_pbkdf2_sha1",
            Self::WerkzeugPbkdf2(Digest::Sha256) => "werkzeug_pbkdf2_sha256",
            Self::WerkzeugPbkdf2(Digest::Sha512) => "werkzeug_pbkdf2_sha512",
            Self::WerkzeugScrypt => "werkzeug_scrypt",
            Self::BetterAuthScrypt => "better_auth_scrypt",
        }
    }
}
