//! What a provider can know of a mail address: whether it was its person's once, or is so today.
//!
//! Mailboxes change hands: addresses of a company are given to the next employee, domains are sold, and providers of mail
//! recycle names. Who only mailed a code there once cannot know, and goes on saying that it is verified. Only who gives the
//! mailbox out does.

use super::google;
use super::identity::{Standing, VouchedEmail};

/// For which addresses a provider is the authority.
#[derive(Debug, Clone)]
pub(super) enum Authority {
    /// Those that Google says it is for.
    Google,
    /// Those of these domains, in small letters.
    Domains(Vec<String>),
}

impl Authority {
    /// Those of the domains that the owner names.
    pub(super) fn named(domains: &[String]) -> Self {
        Self::Domains(domains.iter().map(|domain| domain.to_ascii_lowercase()).collect())
    }

    /// An address that the provider has seen to be its person's, with what that is worth; none where we could not send to
    /// it. `hd` is the Workspace that Google names.
    pub(super) fn vouches(&self, verified: &str, hd: Option<&str>) -> Option<VouchedEmail> {
        let mut email = VouchedEmail::parse(verified, Standing::Verified)?;
        let address = email.address.normalised();
        let domain = address.rsplit('@').next().unwrap_or_default();
        let gives_it_out = match self {
            Self::Google => google::is_authority(domain, hd),
            Self::Domains(domains) => domains.iter().any(|known| known == domain),
        };
        if gives_it_out {
            email.standing = Standing::Authoritative;
        }
        Some(email)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_worth_what_its_provider_can_know_of_it() {
        let acme = Authority::named(&["Acme.example".to_owned()]);
        let nobody = Authority::named(&[]);
        for (authority, address, hd, expected) in [
            (&Authority::Google, "ada@gmail.com", None, Standing::Authoritative),
            (&Authority::Google, "ada@GoogleMail.com", None, Standing::Authoritative),
            (&Authority::Google, "ada@example.com", Some("example.com"), Standing::Authoritative),
            (&Authority::Google, "ada@example.com", None, Standing::Verified),
            (&Authority::Google, "ada@example.com", Some(""), Standing::Verified),
            (&Authority::Google, "ada@gmail.com.example", None, Standing::Verified),
            (&acme, "ada@ACME.example", None, Standing::Authoritative),
            (&acme, "ada@mail.acme.example", None, Standing::Verified),
            (&acme, "ada@notacme.example", None, Standing::Verified),
            (&acme, "ada@gmail.com", Some("acme.example"), Standing::Verified),
            (&nobody, "ada@gmail.com", None, Standing::Verified),
        ] {
            let email = authority.vouches(address, hd).unwrap();
            assert_eq!(email.standing, expected, "{authority:?} {address} {hd:?}");
        }
        assert!(acme.vouches("\"a b\"@acme.example", None).is_none(), "nothing can be sent there");
    }
}
