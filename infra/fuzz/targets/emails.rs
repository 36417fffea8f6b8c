//! Mail addresses: what is accepted has one normalised form, and the mailbox that is written to is the one that is
//! claimed.

#![no_main]

use latchkey_identity::accounts::EmailAddress;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|typed: &str| {
    let Ok(address) = EmailAddress::parse(typed) else { return };
    let normalised = address.normalised();
    assert!(normalised.is_ascii() && normalised.len() <= 254, "{normalised:?}");
    assert!(!normalised.contains(|c: char| c.is_control() || c == ' '), "{normalised:?}");
    assert_eq!(normalised.matches('@').count(), 1);
    let again = EmailAddress::parse(&normalised).expect("a normalised address is an address");
    assert_eq!(again.normalised(), normalised, "normalising once is enough");
    let delivered = EmailAddress::parse(&address.deliverable()).expect("what is written to is an address");
    assert_eq!(delivered.normalised(), normalised, "the mailbox that is proven is the one that is claimed");
    assert_eq!(EmailAddress::parse(address.as_str()).map(|same| same.normalised()).ok(), Some(normalised));
});
