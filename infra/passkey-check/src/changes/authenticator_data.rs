//! Changes of what the authenticator says, but for the key.

use rand::RngExt as _;
use sha2::{Digest as _, Sha256};

use super::{Change, Draft, cut, flip, one_of, sent_part, signed_part};
use crate::cbor;
use crate::ceremony::Kind;
use crate::data::{ATTESTED, BACKED_UP, BACKUP_ELIGIBLE, Data, EXTENSIONS, RESERVED, USER_PRESENT, USER_VERIFIED};
use crate::key::random;

/// The changes.
pub(super) const CHANGES: &[Change] = &[
    sent_part("authenticator data: a bit", |draft, draws| flip(&mut draft.written, draws)).assertion().weighing(3),
    sent_part("authenticator data: cut short", |draft, draws| cut(&mut draft.written, draws)).assertion().weighing(2),
    signed_part("authenticator data: of another passkey", |draft, _| {
        let other = Draft::of(draft.kind, draft.other, draft.honest);
        draft.data = other.data;
    }),
    signed_part("relying party: a bit", |draft, draws| flip(&mut draft.data.relying_party, draws)),
    signed_part("relying party: another", |draft, draws| {
        let other = one_of(draws, &["example.com", "www.example.org", "org", "https://example.org", "", "Example.org"]);
        draft.data.relying_party = Sha256::digest(other).to_vec();
    }),
    signed_part("flags: any one", |draft, draws| draft.data.flags ^= 1 << draws.random_range(0..8)).weighing(3),
    signed_part("flags: the user not present", |draft, _| draft.data.flags &= !USER_PRESENT),
    signed_part("flags: the user not verified", |draft, _| draft.data.flags &= !USER_VERIFIED).weighing(3),
    signed_part("flags: backed up and not eligible", |draft, _| {
        draft.data.flags = draft.data.flags & !BACKUP_ELIGIBLE | BACKED_UP;
    })
    .weighing(2),
    signed_part("flags: backups otherwise", |draft, draws| {
        let state = one_of(draws, &[0, BACKUP_ELIGIBLE, BACKUP_ELIGIBLE | BACKED_UP]);
        draft.data.flags = draft.data.flags & !(BACKUP_ELIGIBLE | BACKED_UP) | state;
    })
    .weighing(3),
    signed_part("flags: the reserved ones", |draft, _| draft.data.flags |= RESERVED),
    signed_part("flags: no passkey", |draft, draws| {
        draft.data.flags &= !ATTESTED;
        if draws.random() {
            draft.data.attested.clear();
        }
    })
    .registration(),
    signed_part("flags: a passkey in an assertion", |draft, draws| {
        draft.data.flags |= ATTESTED;
        if draws.random() {
            draft.data.attested = Draft::of(Kind::Registration, draft.other, draft.honest).data.attested;
        }
    })
    .assertion(),
    signed_part("flags: extensions that are not there", |draft, _| {
        draft.data.flags |= EXTENSIONS;
        draft.data.rest.clear();
    }),
    signed_part("extensions: without their flag", |draft, _| {
        draft.data.flags &= !EXTENSIONS;
        draft.data.rest = cbor::map(&[(cbor::text("credProtect"), cbor::integer(2))]);
    }),
    signed_part("extensions: others", |draft, draws| {
        let depth = draws.random_range(1..5);
        let nested = [vec![0x81; depth], cbor::integer(0)].concat();
        let values = [cbor::integer(3), vec![0xF5], vec![0xF6], cbor::bytes(&[0; 64]), cbor::text("?"), nested];
        let names = ["unheard-of", "largeBlobKey", "thirdPartyPayment", "", "hmac-secret-mc"];
        extend(draft, &[(cbor::text(one_of(draws, &names)), one_of(draws, &values))]);
    })
    .weighing(2),
    signed_part("extensions: with values that they do not have", |draft, draws| {
        let values = [cbor::integer(9), cbor::integer(0), cbor::text("2"), cbor::bytes(&[2]), cbor::map(&[])];
        let names = ["credProtect", "hmac-secret"];
        extend(draft, &[(cbor::text(one_of(draws, &names)), one_of(draws, &values))]);
    })
    .weighing(2),
    signed_part("extensions: under names that are no text", |draft, draws| {
        let name = one_of(draws, &[cbor::integer(1), cbor::bytes(b"credProtect"), vec![0xF6]]);
        extend(draft, &[(name, cbor::integer(2))]);
    }),
    signed_part("extensions: one twice", |draft, draws| {
        let one = (cbor::text(one_of(draws, &["credProtect", "unheard-of"])), cbor::integer(2));
        extend(draft, &[one.clone(), one]);
    }),
    signed_part("extensions: nested deeply", |draft, draws| {
        let depth = draws.random_range(6..300);
        extend(draft, &[(cbor::text("unheard-of"), [vec![0x81; depth], cbor::integer(0)].concat())]);
    }),
    signed_part("extensions: no map", |draft, draws| {
        draft.data.flags |= EXTENSIONS;
        let others =
            [cbor::integer(1), vec![0x80], cbor::bytes(b""), vec![0xF6], cbor::text("credProtect"), vec![0xFF]];
        draft.data.rest = one_of(draws, &others);
    }),
    signed_part("extensions: empty, of no length or tagged", |draft, draws| {
        draft.data.flags |= EXTENSIONS;
        let inner = [cbor::text("unheard-of"), cbor::integer(1)].concat();
        let open = [cbor::open(cbor::MAP), inner, vec![cbor::BREAK]].concat();
        draft.data.rest = one_of(draws, &[vec![0xA0], open, [cbor::head(cbor::TAG, 42), vec![0xA0]].concat()]);
    }),
    signed_part("authenticator data: bytes behind", |draft, draws| {
        let length = draws.random_range(1..40);
        draft.data.rest.extend(random(draws, length));
    })
    .weighing(2),
    signed_part("counter: as it was", |draft, _| draft.data.count = enrolled(draft).count).weighing(2),
    signed_part("counter: lower", |draft, draws| draft.data.count = draws.random_range(0..=enrolled(draft).count))
        .weighing(2),
    signed_part("counter: zero", |draft, _| draft.data.count = 0),
    signed_part("counter: higher", |draft, draws| {
        draft.data.count = one_of(draws, &[enrolled(draft).count.saturating_add(1), u32::MAX]);
    }),
    signed_part("model: another", |draft, draws| {
        let attested = &mut draft.data.attested;
        *attested = [random(draws, 16), attested[16..].to_vec()].concat();
    })
    .registration(),
    signed_part("id: another length", |draft, draws| {
        let length = u16::try_from(draft.data.id().len()).expect("a short id");
        let length = one_of(draws, &[length + 1, length - 1, 0, u16::MAX, length.swap_bytes()]);
        draft.data.attested[16..18].copy_from_slice(&length.to_be_bytes());
    })
    .registration()
    .weighing(2),
    signed_part("id: another than outside", |draft, draws| {
        let length = one_of(draws, &[1, 32, 1023, 1024, 2000]);
        draft.data.set_id(&random(draws, length));
    })
    .registration()
    .weighing(2),
    signed_part("id: a bit", |draft, draws| {
        let mut id = draft.data.id().to_vec();
        flip(&mut id, draws);
        draft.data.set_id(&id);
    })
    .registration(),
    signed_part("id: another, inside and outside", |draft, draws| {
        let length = one_of(draws, &[0, 0, 1, 32, 1022, 1023, 1024, 2000]);
        draft.id = random(draws, length);
        draft.data.set_id(&draft.id);
    })
    .registration()
    .weighing(4),
];

fn extend(draft: &mut Draft<'_>, extensions: &[(Vec<u8>, Vec<u8>)]) {
    draft.data.flags |= EXTENSIONS;
    draft.data.rest = cbor::map(extensions);
}

/// What the authenticator said when the passkey was made.
fn enrolled(draft: &Draft<'_>) -> Data {
    Draft::of(Kind::Registration, draft.honest, draft.other).data
}
