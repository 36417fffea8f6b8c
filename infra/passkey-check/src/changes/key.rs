//! Changes of the new passkey's key.

use rand::RngExt as _;
use rand_chacha::ChaCha20Rng;

use super::{Change, Draft, flip, one_of, signed_part};
use crate::cbor::{self, Entry};
use crate::key::random;

/// The base point of P-384 (SEC 2, section 2.5.1), which is a key like any other.
const P384: &str = "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7\
                    3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f";

/// The changes.
pub(super) const CHANGES: &[Change] = &[
    key("key: a bit", |key, draws| {
        let at = draws.random_range(0..key.len());
        flip(&mut key[at].1, draws);
    })
    .weighing(4),
    key("key: a bit of its point or modulus", |key, draws| {
        let at = key.iter().position(|(_, value)| value.len() > 30).expect("a long value");
        flip(&mut key[at].1[3..], draws);
    })
    .weighing(4),
    key("key: another algorithm", |key, draws| {
        let others = [-7, -8, -257, -9, -19, -35, -36, -37, -39, -47, -258, -65535, -53, 7, 0, i64::MIN];
        put(key, 3, cbor::integer(one_of(draws, &others)));
    })
    .weighing(3),
    key("key: an algorithm that is no integer", |key, draws| {
        let others = [cbor::text("ES256"), cbor::bytes(&[7]), vec![0xF6], vec![0xF9, 0xC7, 0x00], vec![0x80]];
        put(key, 3, one_of(draws, &others));
    }),
    key("key: another type", |key, draws| {
        put(key, 1, one_of(draws, &[0, 1, 2, 3, 4, 7, -1].map(cbor::integer)));
    })
    .weighing(2),
    key("key: another curve", |key, draws| {
        put(key, -1, one_of(draws, &[0, 1, 2, 3, 4, 5, 6, 7, 8].map(cbor::integer)));
    })
    .weighing(2),
    key("key: of P-384 under another curve's algorithm", |key, draws| {
        let half = |at: usize| -> Vec<u8> {
            let digits = &P384[at..at + 96];
            (0..96).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("a digit")).collect()
        };
        *key = [(1, cbor::integer(2)), (3, cbor::integer(one_of(draws, &[-7, -7, -35]))), (-1, cbor::integer(2))]
            .into_iter()
            .chain([(-2, cbor::bytes(&half(0))), (-3, cbor::bytes(&half(96)))])
            .map(|(label, value)| (cbor::integer(label), value))
            .collect();
    })
    .weighing(2),
    key("key: a parameter shorter or longer", |key, draws| {
        let at = draws.random_range(3..key.len());
        let value = bytes(&key[at].1);
        let without = value.get(1..).unwrap_or_default().to_vec();
        let values = [without, [&[0], value.as_slice()].concat(), [value.as_slice(), &[0]].concat(), Vec::new()];
        key[at].1 = cbor::bytes(&one_of(draws, &values));
    })
    .weighing(3),
    key("key: a point compressed", |key, draws| {
        put(key, -3, vec![if draws.random() { 0xF5 } else { 0xF4 }]);
    }),
    key("key: a parameter left out", |key, draws| {
        key.remove(draws.random_range(0..key.len()));
    })
    .weighing(2),
    key("key: a parameter twice", |key, draws| {
        let again = key[draws.random_range(0..key.len())].clone();
        let value = if draws.random() { again.1 } else { cbor::integer(1) };
        key.push((again.0, value));
    })
    .weighing(2),
    key("key: its parameters in another order", |key, draws| {
        let at = draws.random_range(0..key.len());
        key.rotate_left(at);
        key.reverse();
    }),
    key("key: more parameters", |key, draws| {
        let more = [
            (cbor::integer(2), cbor::bytes(b"an id")),
            (cbor::integer(4), [cbor::head(cbor::ARRAY, 1), cbor::integer(2)].concat()),
            (cbor::integer(5), cbor::bytes(&[0; 8])),
            (cbor::integer(-70_001), cbor::text("ours")),
            (cbor::text("later"), cbor::integer(1)),
        ];
        key.push(one_of(draws, &more));
    }),
    key("key: more parameters that COSE does not know", |key, draws| {
        let more = [
            (cbor::integer(2), cbor::text("an id")),
            (cbor::integer(4), vec![0x80]),
            (cbor::integer(5), cbor::integer(1)),
            (cbor::bytes(b"later"), cbor::integer(1)),
            (vec![0xF6], vec![0xF6]),
        ];
        key.push(one_of(draws, &more));
    })
    .weighing(2),
    key("key: integers in nine bytes", |key, draws| {
        let at = draws.random_range(0..2);
        let label = if at == 0 { 1 } else { 3 };
        let read: ciborium::Value = ciborium::de::from_reader(key[at].1.as_slice()).expect("an integer");
        let value = read.as_integer().and_then(|value| i64::try_from(value).ok()).expect("an integer");
        key[at] = (cbor::wide_integer(label), cbor::wide_integer(value));
    }),
    key("key: byte strings in pieces", |key, _| {
        let at = key.iter().position(|(_, value)| value.len() > 30).expect("a long value");
        let value = bytes(&key[at].1);
        let (one, two) = value.split_at(7);
        key[at].1 = [cbor::open(cbor::BYTES), cbor::bytes(one), cbor::bytes(two), vec![cbor::BREAK]].concat();
    }),
    whole("key: a map of no length", |written, _| {
        let inner = &written[1..];
        [cbor::open(cbor::MAP), inner.to_vec(), vec![cbor::BREAK]].concat()
    }),
    whole("key: tagged", |written, draws| [cbor::head(cbor::TAG, draws.random_range(0..100)), written].concat()),
    key("key: a parameter tagged", |key, draws| {
        let at = draws.random_range(0..key.len());
        key[at].1 = [cbor::head(cbor::TAG, 42), key[at].1.clone()].concat();
    }),
    whole("key: no map", |_, draws| {
        one_of(
            draws,
            &[vec![0x80], cbor::bytes(&[4; 65]), vec![0xF6], cbor::text("key"), vec![0xA0], vec![0xFF], vec![]],
        )
    }),
    whole("key: cut short", |mut written, draws| {
        written.truncate(draws.random_range(0..written.len()));
        written
    })
    .weighing(2),
    whole("key: nested deeply", |mut written, draws| {
        written[0] += 1;
        let depth = draws.random_range(4..300);
        [written, cbor::integer(-99), vec![0x81; depth], cbor::integer(0)].concat()
    }),
    key("key: another exponent", |key, draws| {
        if key[1].1 == cbor::integer(-257) {
            let others: [&[u8]; 6] = [&[3], &[1, 0, 3], &[0, 0, 3], &[1, 0, 0], &[1], &[0, 1, 0, 1]];
            put(key, -2, cbor::bytes(one_of(draws, &others)));
        }
    })
    .weighing(20),
    key("key: a modulus of another size", |key, draws| {
        if key[1].1 == cbor::integer(-257) {
            let size = one_of(draws, &[64, 128, 255, 256, 384, 512, 513, 2048]);
            let mut modulus = random(draws, size);
            modulus[0] |= 0x80;
            modulus[size - 1] |= 1;
            put(key, -1, cbor::bytes(&modulus));
        }
    })
    .weighing(4),
    key("key: a point of small order or off the curve", |key, draws| {
        let mut minus_one = [0xFF; 32];
        (minus_one[0], minus_one[31]) = (0xEC, 0x7F);
        let mut one = [0; 32];
        one[0] = 1;
        put(key, -2, cbor::bytes(&one_of(draws, &[[0; 32], one, minus_one, [0xFF; 32], [2; 32]])));
    })
    .weighing(2),
    signed_part("key: another passkey's", |draft, _| {
        let other = Draft::of(draft.kind, draft.other, draft.honest);
        draft.data.set_key(other.data.key());
    })
    .registration(),
];

/// A change of the key's entries.
const fn key(name: &'static str, change: fn(&mut Vec<Entry>, &mut ChaCha20Rng)) -> Change {
    Change { name, of: Some(crate::ceremony::Kind::Registration), weight: 1, make: super::Make::Key(change) }
}

/// A change of the key as it is written.
const fn whole(name: &'static str, change: fn(Vec<u8>, &mut ChaCha20Rng) -> Vec<u8>) -> Change {
    Change { name, of: Some(crate::ceremony::Kind::Registration), weight: 1, make: super::Make::WrittenKey(change) }
}

fn put(key: &mut [Entry], label: i64, value: Vec<u8>) {
    if let Some((_, old)) = key.iter_mut().find(|(found, _)| *found == cbor::integer(label)) {
        *old = value;
    }
}

/// What a byte string holds; nothing, of another value.
fn bytes(written: &[u8]) -> Vec<u8> {
    let read: Result<ciborium::Value, _> = ciborium::de::from_reader(written);
    read.ok().and_then(|value| value.into_bytes().ok()).unwrap_or_default()
}
