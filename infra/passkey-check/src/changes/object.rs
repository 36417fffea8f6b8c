//! Changes of the attestation object around the authenticator data.

use rand::RngExt as _;
use rand_chacha::ChaCha20Rng;

use super::{Change, Draft, cut, flip, named, one_of, payload, sent_part, set};
use crate::cbor::{self, Entry};
use crate::key::random;

/// The changes.
pub(super) const CHANGES: &[Change] = &[
    object("object: a bit", |draft, draws| flip(&mut draft.written, draws)).weighing(6),
    object("object: cut short", |draft, draws| cut(&mut draft.written, draws)).weighing(6),
    object("object: a byte more", |draft, draws| {
        let at = draws.random_range(0..=draft.written.len());
        draft.written.insert(at, draws.random());
    })
    .weighing(2),
    object("object: a byte less", |draft, draws| {
        draft.written.remove(draws.random_range(0..draft.written.len()));
    })
    .weighing(2),
    object("object: bytes behind", |draft, draws| {
        let length = draws.random_range(1..20);
        draft.written.extend(random(draws, length));
    }),
    object("object: of another passkey", |draft, _| draft.written.clone_from(&draft.other.object)),
    entries("format: another", |draft, draws| {
        let formats =
            ["fido-u2f", "tpm", "android-key", "apple", "android-safetynet", "compound", "", "NONE", "packed", "none"];
        set(&mut draft.entries, "fmt", &cbor::text(one_of(draws, &formats)));
    })
    .weighing(4),
    entries("format: no text", |draft, draws| {
        set(&mut draft.entries, "fmt", &one_of(draws, &[cbor::integer(0), cbor::bytes(b"none"), vec![0xF6]]));
    }),
    entries("object: a name that is bytes", |draft, draws| {
        let at = draws.random_range(0..draft.entries.len());
        draft.entries[at].0[0] ^= cbor::TEXT << 5 ^ cbor::BYTES << 5;
    })
    .weighing(2),
    entries("statement: something under none", |draft, draws| {
        set(&mut draft.entries, "fmt", &cbor::text("none"));
        let statement = [(cbor::text("alg"), cbor::integer(-7)), (cbor::text("sig"), cbor::bytes(&random(draws, 64)))];
        let some = draws.random_range(1..=2);
        set(&mut draft.entries, "attStmt", &cbor::map(&statement[..some]));
    })
    .weighing(2),
    entries("statement: no map", |draft, draws| {
        set(
            &mut draft.entries,
            "attStmt",
            &one_of(draws, &[vec![0x80], vec![0xF6], cbor::bytes(&[]), cbor::integer(0)]),
        );
    }),
    own_word("statement: a bit of its signature", |statement, draws| {
        let mut signature = named(statement, "sig");
        let at = signature.len() - payload(&signature);
        flip(&mut signature[at..], draws);
        set(statement, "sig", &signature);
    })
    .weighing(2),
    own_word("statement: another signature", |statement, draws| {
        let length = draws.random_range(0..80);
        set(statement, "sig", &cbor::bytes(&random(draws, length)));
    }),
    own_word("statement: another algorithm", |statement, draws| {
        let others = [-7, -8, -257, -35, -65535, 0].map(cbor::integer);
        set(statement, "alg", &one_of(draws, &[others.as_slice(), &[cbor::text("ES256"), vec![0xF6]]].concat()));
    }),
    own_word("statement: a part left out", |statement, draws| {
        statement.remove(draws.random_range(0..statement.len()));
    }),
    own_word("statement: a part twice", |statement, draws| {
        let again = statement[draws.random_range(0..statement.len())].clone();
        statement.push(again);
    }),
    own_word("statement: more than its own word", |statement, draws| {
        statement.push((cbor::text(one_of(draws, &["later", "", "ver"])), cbor::integer(1)));
    })
    .weighing(2),
    own_word("statement: certificates", |statement, draws| {
        let some = [cbor::head(cbor::ARRAY, 1), cbor::bytes(&random(draws, 40))].concat();
        statement.push((cbor::text("x5c"), one_of(draws, &[vec![0x80], some, vec![0xF6]])));
    })
    .weighing(2),
    own_word("statement: ECDAA", |statement, draws| {
        statement.push((cbor::text("ecdaaKeyId"), cbor::bytes(&random(draws, 16))));
    }),
    entries("object: its parts in another order", |draft, draws| {
        let at = draws.random_range(0..draft.entries.len());
        draft.entries.rotate_left(at);
        draft.entries.reverse();
    }),
    entries("object: a part left out", |draft, draws| {
        draft.entries.remove(draws.random_range(0..draft.entries.len()));
    }),
    entries("object: a part twice", |draft, draws| {
        let again = draft.entries[draws.random_range(0..draft.entries.len())].clone();
        draft.entries.push(again);
    }),
    entries("object: more parts", |draft, draws| {
        let names = ["later", "epAtt", "largeBlobKey", ""];
        let values = [cbor::integer(1), vec![0xF5], vec![0xF6], cbor::bytes(&[0; 32]), cbor::text("x")];
        draft.entries.push((cbor::text(one_of(draws, &names)), one_of(draws, &values)));
    })
    .weighing(2),
    entries("object: parts under names that are no text", |draft, draws| {
        let name = one_of(draws, &[cbor::integer(1), cbor::bytes(b"later"), vec![0xF6]]);
        draft.entries.push((name, cbor::integer(1)));
    }),
    entries("object: its parts under numbers", |draft, _| {
        for (at, (name, _)) in (1..).zip(&mut draft.entries) {
            *name = cbor::integer(at);
        }
    }),
    entries("object: authenticator data in pieces or no bytes", |draft, draws| {
        let data = draft.data.bytes();
        let (one, two) = data.split_at(40);
        let pieces = [cbor::open(cbor::BYTES), cbor::bytes(one), cbor::bytes(two), vec![cbor::BREAK]].concat();
        let listed = [cbor::head(cbor::ARRAY, 1), cbor::bytes(&data)].concat();
        set(&mut draft.entries, "authData", &one_of(draws, &[pieces, listed, cbor::text("data"), cbor::bytes(&[])]));
    })
    .weighing(2),
    entries("object: its format in pieces", |draft, _| {
        let format = named(&draft.entries, "fmt");
        let pieces = [cbor::open(cbor::TEXT), format, vec![cbor::BREAK]].concat();
        set(&mut draft.entries, "fmt", &pieces);
    }),
    entries("object: lengths in nine bytes", |draft, _| {
        let data = draft.data.bytes();
        set(&mut draft.entries, "authData", &[cbor::wide(cbor::BYTES, data.len() as u64), data].concat());
    }),
    object("object: a map of no length", |draft, _| {
        draft.written = [cbor::open(cbor::MAP), draft.written[1..].to_vec(), vec![cbor::BREAK]].concat();
    }),
    object("object: tagged", |draft, draws| {
        let tag = one_of(draws, &[0, 2, 24, 42, 55_799]);
        draft.written = [cbor::head(cbor::TAG, tag), draft.written.clone()].concat();
    }),
    object("object: no map", |draft, draws| {
        draft.written = one_of(draws, &[vec![], vec![0x80], vec![0xF6], vec![0xA0], draft.data.bytes()]);
    }),
    object("object: a length that is not there", |draft, draws| {
        draft.written =
            [cbor::wide(one_of(draws, &[2, 3, 4, 5]), one_of(draws, &[1 << 20, 1 << 40, u64::MAX])), vec![0; 9]]
                .concat();
    }),
    object("object: nested deeply", |draft, draws| {
        let depth = draws.random_range(4..5000);
        draft.written[0] += 1;
        draft.written = [draft.written.clone(), cbor::text("later"), vec![0x81; depth], cbor::integer(0)].concat();
    }),
];

/// A change of the object as it is written.
const fn object(name: &'static str, change: fn(&mut Draft<'_>, &mut ChaCha20Rng)) -> Change {
    sent_part(name, change).registration()
}

/// A change of the object's entries.
const fn entries(name: &'static str, change: fn(&mut Draft<'_>, &mut ChaCha20Rng)) -> Change {
    Change { name, of: Some(crate::ceremony::Kind::Registration), weight: 1, make: super::Make::Entries(change) }
}

/// A change of the key's own word about itself, which is put in if it is not there.
const fn own_word(name: &'static str, change: fn(&mut Vec<Entry>, &mut ChaCha20Rng)) -> Change {
    Change { name, of: Some(crate::ceremony::Kind::Registration), weight: 1, make: super::Make::Statement(change) }
}
