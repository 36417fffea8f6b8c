//! Registering with an identity that a provider told and an email address that it does not vouch for: a mailed code
//! proves the address, as at every registration.
//!
//! There is no password, so a sign-in finds nothing of such a registration: it is answered as for an address that
//! nobody registered.

use super::proof_mail::{proof_mail, reserve_mail};
use super::registration::{LIFE, PendingRegistration, Proofs, RegistrationToken};
use super::{EmailAddress, Name, RegistrationId, store};
use crate::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::Transaction;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::Refused;
use latchkey_kernel::secret::{Code, Digest, OpaqueToken};

/// A registration that begins now.
pub(crate) struct Begun {
    pub(crate) id: RegistrationId,
    /// Goes with the code that will be mailed.
    pub(crate) token: RegistrationToken,
    pub(crate) expires_at: Timestamp,
}

impl Begun {
    pub(crate) fn now(app: &App, client: &Client) -> Self {
        let id = RegistrationId::new(&app.entropy, client.now);
        let token = OpaqueToken::generate(*id.as_bytes(), &app.entropy);
        Self { id, token, expires_at: client.now.plus(LIFE) }
    }
}

/// Who registers, and with which address.
pub(crate) struct ByProvider<'a> {
    pub(crate) id: RegistrationId,
    pub(crate) token: Digest,
    pub(crate) name: &'a Name,
    /// What users call the provider.
    pub(crate) provider: &'a str,
    pub(crate) expires_at: Timestamp,
    pub(crate) email: &'a EmailAddress,
}

/// The steps by which a registration waits for the code that is mailed to the address: 2 items, after 1 limiter update
/// and 1 `BatchGetItem`. The same whether or not the address has an account; only the mail differs.
///
/// The address of a registration that waits already is replaced, and the code that was mailed to the old one dies.
pub(crate) async fn ask_for_proof<'a, E>(
    app: &App,
    client: &Client,
    transaction: Transaction<'a, E>,
    by: ByProvider<'_>,
) -> Result<Transaction<'a, E>, E>
where
    E: From<Refused> + From<Fault>,
{
    let macs = app.macs().await?;
    let (claims, admitted) =
        tokio::join!(store::taken(&app.store, by.email, None, client.now), reserve_mail(app, client, &macs, by.email),);
    admitted?;
    let standing = claims?.email;
    let proofs = Proofs::generate(by.id, &app.entropy);
    let registration = PendingRegistration {
        id: by.id,
        token_digest: by.token,
        code_digest: Proofs::code_digest(&proofs.code, macs.lookup_key(), by.id, &by.email.normalised()),
        code_expires_at: client.now.plus(Code::LIFE),
        code_tries: 0,
        // The link is not mailed.
        link_digest: proofs.link.digest(),
        link_tries: 0,
        email: by.email.clone(),
        name: by.name.clone(),
        username: None,
        password: None,
        provider: Some(by.provider.to_owned()),
        marketing_consent: false,
        created_at: client.now,
        expires_at: by.expires_at,
        ttl: by.expires_at.as_second(),
    };
    let mail = proof_mail(app, client, &registration, &proofs, standing).await?;
    Ok(transaction.put(&registration).create(&mail))
}
