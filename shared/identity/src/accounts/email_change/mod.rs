//! Changing the address of an account, and taking a change back.
//!
//! Who asks shows the password (or, without one, a code mailed to the present address), and a code goes to the new
//! address ([`ask`]). With it the change happens ([`confirm`]), and the old address gets a link that undoes it for seven
//! days ([`undo`]): whoever took a session over cannot take the account with it.
//!
//! - **What is given up is held.** Until its link expires, nobody else can claim an old address, and it finds no account:
//!   it signs nobody in and resets no password. Its owner alone may go back to it.
//! - **Changes form a chain** (`chain`). Undoing one takes back all that came after it, and their links die with it: of
//!   A to B to C, the owner of A gets A back, and the one of B cannot take it from them again. The links of earlier
//!   changes stay good. More than ten changes that could be undone are not let come together. Why a second change is
//!   allowed at all: docs/decisions/chain-of-email-changes.md.
//! - **Undoing trusts the mailbox and nothing else.** The password may be another's by then: it stops working, with every
//!   session and every code on its way, and a link to choose a new one goes to the address that is restored.

pub mod ask;
mod chain;
mod claims;
pub mod confirm;
mod former;
pub mod mails;
mod store;
pub mod undo;

pub(super) use store::addresses_given_up;

pub use chain::{UndoLink, UndoLinkKind};
pub(crate) use former::notices as notices_to_former_addresses;
pub(crate) use mails::Doing;
pub(crate) use store::{can_be_undone, chain_key, nothing_to_undo};
