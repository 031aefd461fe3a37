//! The keys of the services that may create, change and delete users.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use crate::keys::Mac;

/// The services that may manage users. Of each key only a MAC is kept.
#[derive(Debug, Clone)]
pub(crate) struct ServiceKeys {
    key: Mac,
    known: Vec<ServiceKey>,
}

/// A service that may manage users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServiceKey {
    /// The service's name in the log.
    pub(crate) name: String,
    /// Whether the service may change users, or only read them.
    pub(crate) may_write: bool,
    mac: [u8; Mac::BYTES],
}

impl ServiceKeys {
    /// Reads `name:key` or `name:key:read`, separated by commas. One name may have several keys, so that one can take
    /// the place of another. `None` for anything else, if a key isn't a secret, and if a key comes twice.
    pub(crate) fn parse(list: &str, key: Mac, is_secret: impl Fn(&str) -> bool) -> Option<Self> {
        let service = |text: &str| {
            let mut parts = text.trim().split(':');
            let (name, secret, right) = (parts.next()?, parts.next()?, parts.next());
            let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
            let is_right = matches!(right, None | Some("read")) && parts.next().is_none();
            let fits = is_name && is_right && is_secret(secret);
            let (name, mac) = (name.to_owned(), key.of(secret.as_bytes()).try_into().ok()?);
            fits.then_some(ServiceKey { name, may_write: right.is_none(), mac })
        };
        let known: Vec<ServiceKey> =
            list.split(',').filter(|_| !list.is_empty()).map(service).collect::<Option<_>>()?;
        let keys: BTreeSet<_> = known.iter().map(|service| service.mac).collect();
        (keys.len() == known.len()).then_some(Self { key, known })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The service that has this key.
    pub(crate) fn admit(&self, key: &Zeroizing<String>) -> Option<&ServiceKey> {
        // All are compared, so that the time doesn't tell which one it was.
        self.known.iter().fold(
            None,
            |found, service| {
                if self.key.fits(key.as_bytes(), &service.mac) { Some(service) } else { found }
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::RootSecret;

    fn keys(list: &str) -> Option<ServiceKeys> {
        let key = RootSecret::new(b"a root secret of 32 bytes or more").mac("test");
        ServiceKeys::parse(list, key, |secret| secret.len() >= 32)
    }

    #[test]
    fn a_service_is_known_by_its_key() {
        let [one, other, third] = ["a", "b", "c"].map(|letter| letter.repeat(32));
        let keys = keys(&format!("shop:{one}, reports:{other}:read,shop:{third}")).unwrap();
        let admitted = |key: &str| keys.admit(&key.to_owned().into()).map(|key| (key.name.as_str(), key.may_write));
        assert_eq!(admitted(&one), Some(("shop", true)));
        assert_eq!(admitted(&third), Some(("shop", true)));
        assert_eq!(admitted(&other), Some(("reports", false)));
        for key in ["", "shop", &format!("{other}:read"), &"d".repeat(32), &"a".repeat(33)] {
            assert_eq!(admitted(key), None, "{key}");
        }
    }

    #[test]
    fn a_list_has_names_and_long_keys() {
        assert!(keys("").unwrap().is_empty());
        let key = "x".repeat(32);
        for list in ["shop", "shop:", "shop:short", ",", &key] {
            assert!(keys(list).is_none(), "{list}");
        }
        for list in [":{}", "shop:{},", "shop:{}:write", "shop:{}:", "shop:{}:read:x", "a b:{}", "shop:{},news:{}:read"]
        {
            assert!(keys(&list.replace("{}", &key)).is_none(), "{list}");
        }
    }
}
