//! What the social domain knows of people: which accounts at providers let them in.

use futures_util::future::LocalBoxFuture;
use serde_json::{Value, json};

use super::keys;
use super::store::{LinkRow, links};
use crate::accounts::AccountHolder;
use latchkey_kernel::dynamo::{Row as _, equals};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::personal_data::{Archive, Declared, Erasure, ExportError, Exported, File, PersonalData};

const LINKS: File = File {
    name: "social_accounts.json",
    meaning: "The accounts elsewhere, such as at Google, with which you sign in.",
};

/// The social domain.
#[derive(Debug)]
pub struct Social;

impl PersonalData<AccountHolder> for Social {
    fn domain(&self) -> &'static str {
        "social"
    }

    fn items(&self) -> &'static [Declared] {
        const ITEMS: &[Declared] = &[
            Declared::in_partition(keys::SOCIAL_LINK, Exported::In(LINKS.name)),
            Declared::by_domain(
                keys::SOCIAL_CLAIM,
                Exported::Not("it says of a link whose it is, as a MAC"),
                "each is found by its link",
            ),
        ];
        ITEMS
    }

    fn files(&self) -> &'static [File] {
        &[LINKS]
    }

    fn export<'a>(
        &'a self,
        holder: &'a AccountHolder,
        archive: &'a mut Archive,
    ) -> LocalBoxFuture<'a, Result<(), ExportError>> {
        Box::pin(export(holder, archive))
    }

    fn erase<'a>(&'a self, erasure: &'a mut Erasure<'_, AccountHolder>) -> LocalBoxFuture<'a, Result<(), Fault>> {
        Box::pin(erase(erasure))
    }
}

/// 1 `Query`: there are never more links than providers.
async fn export(holder: &AccountHolder, archive: &mut Archive) -> Result<(), ExportError> {
    let links = links(&holder.app.store, holder.account.id).await?;
    let told: Vec<Value> = links.iter().map(LinkRow::told).collect();
    archive.add_json(&LINKS, &told).await
}

/// Whoever has such an account may give it to another account of ours from then on: 1 `Query`, and 1 transaction for each.
async fn erase(erasure: &mut Erasure<'_, AccountHolder>) -> Result<(), Fault> {
    let AccountHolder { app, account, .. } = erasure.subject;
    let account = account.id;
    for link in links(&app.store, account).await? {
        let mine = equals("account", account.to_string());
        erasure.remove(keys::SOCIAL_CLAIM, &link.claimed().key(), &mine).await?;
    }
    Ok(())
}

impl LinkRow {
    /// What its person is told of it.
    fn told(&self) -> Value {
        json!({
            "provider": self.provider,
            "uid": self.subject,
            "avatar_url": self.avatar_url,
            "profile_url": self.profile_url,
            "connected_at": self.connected_at,
            "last_login_at": self.last_login_at,
        })
    }
}
