use crate::Argon2Kind;

/// Which library's way of writing a hash it is, as named in logs and reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum Format {
    /// A PHC string, of whatever library.
    Argon2(Argon2Kind),
    DjangoArgon2,
    /// `$2a$`, `$2b$` or `$2y$`.
    Bcrypt,
    DjangoBcrypt,
    DjangoBcryptSha256,
    PasslibBcryptSha256,
    PasslibPbkdf2,
    DjangoPbkdf2,
    WerkzeugPbkdf2,
    PasslibScrypt,
    DjangoScrypt,
    WerkzeugScrypt,
    BetterAuthScrypt,
    /// `$5$`.
    Sha256Crypt,
    /// `$6$`.
    Sha512Crypt,
}

impl Format {
    /// The format's name, such as `argon2id` or `django_pbkdf2`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Argon2(kind) => kind.name(),
            Self::DjangoArgon2 => "django_argon2",
            Self::Bcrypt => "bcrypt",
            Self::DjangoBcrypt => "django_bcrypt",
            Self::DjangoBcryptSha256 => "django_bcrypt_sha256",
            Self::PasslibBcryptSha256 => "passlib_bcrypt_sha256",
            Self::PasslibPbkdf2 => "passlib_pbkdf2",
            Self::DjangoPbkdf2 => "django_pbkdf2",
            Self::WerkzeugPbkdf2 => "werkzeug_pbkdf2",
            Self::PasslibScrypt => "passlib_scrypt",
            Self::DjangoScrypt => "django_scrypt",
            Self::WerkzeugScrypt => "werkzeug_scrypt",
            Self::BetterAuthScrypt => "better_auth_scrypt",
            Self::Sha256Crypt => "sha256_crypt",
            Self::Sha512Crypt => "sha512_crypt",
        }
    }
}
