//! (d) Growth: the same operations over a thousand, a hundred thousand and a million accounts.
//!
//! One account is made through the API. Its items are then cloned with new ids and addresses of the same length, past
//! the API, into a file; signing in works for all of them, since a password hash is not bound to its account.

use std::collections::{BTreeMap, BTreeSet};

use dynoxide::types::Item;
use serde::Serialize;
use serde_json::Value;

use crate::inventory::every_operation;
use crate::store::{MAIN_TABLE, Services, Units};
use crate::world::{World, text};
use crate::{Bench, Failure, clock};

/// Accounts that are put into the file at once.
const BATCH: u64 = 5_000;
/// The length of a UUID.
const UUID: usize = 36;
/// The part of it that clones keep.
const KEPT: usize = 24;

/// The units of every operation at one size.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Size {
    pub(crate) accounts: u64,
    pub(crate) items: u64,
    pub(crate) seconds_to_fill: f64,
    pub(crate) units: BTreeMap<String, Units>,
}

/// Fills the tables step by step and measures at each.
pub(crate) async fn measure(bench: &Bench) -> Result<Vec<Size>, Failure> {
    let services = Services::in_file(&bench.template, &bench.folder.path().join("people.sqlite")).await?;
    let mut world = World::new(bench, services).await?;
    let account = world.new_account().await?;
    let model = Model::of(&world, &account)?;
    let (mut accounts, mut items) = (0, 0);
    let mut sizes = Vec::new();
    for target in bench.extent.sizes {
        let begun = clock::start();
        while accounts < *target {
            let until = (accounts + BATCH).min(*target);
            items += tokio::task::block_in_place(|| model.fill(&world.services, accounts..until))?;
            accounts = until;
        }
        let seconds_to_fill = begun.elapsed().as_secs_f64();
        let round = every_operation(&mut world).await?;
        let units = round.into_iter().map(|(operation, taken)| (operation, taken.units)).collect();
        println!("  {accounts} accounts, {items} items, filled in {seconds_to_fill:.0} s");
        sizes.push(Size { accounts, items, seconds_to_fill, units });
    }
    Ok(sizes)
}

/// The operations whose units differ between sizes.
pub(crate) fn not_flat(sizes: &[Size]) -> Vec<String> {
    let Some((first, rest)) = sizes.split_first() else { return Vec::new() };
    let differs =
        |operation: &&String| rest.iter().any(|size| size.units.get(*operation) != first.units.get(*operation));
    first.units.keys().filter(differs).cloned().collect()
}

/// The items of one account, as text in which ids and address can be replaced.
struct Model {
    items: Vec<String>,
    mailbox: String,
    ids: BTreeSet<String>,
}

impl Model {
    fn of(world: &World, account: &Value) -> Result<Self, Failure> {
        let email = text(account.get("user").unwrap_or(&Value::Null), "email")?;
        let items: Vec<String> = world.services.scan(MAIN_TABLE)?.iter().map(Value::to_string).collect();
        let ids = items.iter().flat_map(|item| uuids(item)).map(str::to_owned).collect();
        if items.len() < 3 || email.len() != Self::address(0).len() {
            return Err("an account should be a row, a claim and a session at least, and clones as long as it".into());
        }
        Ok(Self { items, mailbox: mailbox_of(&email)?.to_owned(), ids })
    }

    /// The address of a clone, as long as that of the model and of the same domain.
    fn address(number: u64) -> String {
        format!("{}@bench.example.com", Self::mailbox(number))
    }

    fn mailbox(number: u64) -> String {
        format!("seeded{number:07}")
    }

    /// Puts these clones into the table; how many items they have.
    fn fill(&self, services: &Services, numbers: std::ops::Range<u64>) -> Result<u64, Failure> {
        let mut clones = Vec::new();
        for number in numbers {
            let renamed: Vec<(&str, String)> = self
                .ids
                .iter()
                .map(|id| (id.as_str(), format!("{}{number:012x}", id.get(..KEPT).unwrap_or(id))))
                .collect();
            for item in &self.items {
                let mut text = item.replace(&self.mailbox, &Self::mailbox(number));
                for (id, new) in &renamed {
                    text = text.replace(id, new);
                }
                clones.push(serde_json::from_str::<Item>(&text)?);
            }
        }
        Ok(services.import(MAIN_TABLE, clones)?.try_into()?)
    }
}

/// What stands before the `@`: an account keeps it beside the whole address.
fn mailbox_of(email: &str) -> Result<&str, Failure> {
    Ok(email.split_once('@').ok_or("an address without @")?.0)
}

/// The UUIDs in a text.
fn uuids(text: &str) -> impl Iterator<Item = &str> {
    let is_uuid = |part: &&str| {
        part.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
    };
    (0..text.len()).filter_map(|at| text.get(at..at + UUID)).filter(is_uuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_found_wherever_they_stand() {
        let one = "0199caad-b0c0-7000-8000-00000000000a";
        let text = format!("ACCOUNT#{one}\",\"SESSION#{one}, 0199caad-b0c0-7000-8000-0000000000zz");
        assert_eq!(uuids(&text).collect::<Vec<_>>(), [one, one]);
    }

    #[test]
    fn units_that_grow_are_named() {
        let size = |accounts, read| {
            let units = BTreeMap::from([("me".to_owned(), Units { calls: 1, read, write: 0.0 })]);
            Size { accounts, items: 0, seconds_to_fill: 0.0, units }
        };
        assert!(not_flat(&[size(1, 2.0), size(2, 2.0)]).is_empty());
        assert_eq!(not_flat(&[size(1, 2.0), size(2, 3.0)]), ["me"]);
    }
}
