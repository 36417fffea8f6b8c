//! Changes of an assertion's signature.

use rand::RngExt as _;
use rand_chacha::ChaCha20Rng;

use super::{Change, Draft, cut, flip, one_of, sent_part};
use crate::honest::signed;
use crate::key::random;

/// The order of P-256's group (SEC 2, section 2.4.2).
const P256_ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
/// The order of Ed25519's group (RFC 8032, section 5.1), lowest byte first.
const ED25519_ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

/// The changes.
pub(super) const CHANGES: &[Change] = &[
    signature("signature: a bit", |draft, draws| flip(&mut draft.signature, draws)).weighing(4),
    signature("signature: cut short", |draft, draws| cut(&mut draft.signature, draws)).weighing(2),
    signature("signature: bytes behind", |draft, draws| {
        let length = draws.random_range(1..4);
        draft.signature.extend(random(draws, length));
    }),
    signature("signature: bytes before", |draft, _| draft.signature.insert(0, 0)),
    signature("signature: random", |draft, draws| draft.signature = random(draws, 64)),
    signature("signature: by another key", |draft, _| {
        draft.signature = draft.other.key.sign(&signed(&draft.written, &draft.client_data));
    }),
    signature("signature: of another ceremony", |draft, _| draft.signature.clone_from(&draft.other.signature)),
    signature("signature: over the parts the other way round", |draft, _| {
        let parts = signed(&draft.written, &draft.client_data);
        let (data, digest) = parts.split_at(draft.written.len());
        draft.signature = draft.honest.key.sign(&[digest, data].concat());
    }),
    signature("signature: over client data that were not digested", |draft, _| {
        draft.signature = draft.honest.key.sign(&[draft.written.as_slice(), &draft.client_data].concat());
    }),
    signature("signature: the other of two", |draft, _| {
        // (r, n - s) is a signature where (r, s) is one; and s + n names the same number as s.
        draft.signature = match draft.honest.key.algorithm() {
            -7 => halves(&draft.signature).map(|(r, s)| der(&r, &minus(&hexadecimal(P256_ORDER), &s))),
            -8 => Some(plus_order(&draft.signature)),
            _ => None,
        }
        .unwrap_or_default();
    })
    .weighing(3),
    signature("signature: in DER that is not the shortest", |draft, draws| {
        if let Some((r, s)) = halves(&draft.signature) {
            let long = |bytes: &[u8]| [&[0], bytes].concat();
            let inner = [raw_integer(&long(&long(&r))), raw_integer(&long(&s))].concat();
            let length = u8::try_from(inner.len()).expect("short");
            let plain = der(&r, &s);
            draft.signature = one_of(
                draws,
                &[
                    [vec![0x30, length], inner].concat(),
                    [&[0x30, 0x81, plain[1]], &plain[2..]].concat(),
                    [&[0x30, 0x80], &plain[2..], &[0, 0]].concat(),
                    [&[0x31, plain[1]], &plain[2..]].concat(),
                ],
            );
        }
    })
    .weighing(3),
    signature("signature: two numbers without DER", |draft, _| {
        if let Some((r, s)) = halves(&draft.signature) {
            draft.signature = [r, s].concat();
        }
    }),
    signature("signature: zeros", |draft, draws| {
        let zero = [0; 32];
        draft.signature = one_of(draws, &[vec![0; 64], vec![0; 256], der(&zero, &zero), Vec::new(), vec![0]]);
    }),
];

const fn signature(name: &'static str, change: fn(&mut Draft<'_>, &mut ChaCha20Rng)) -> Change {
    sent_part(name, change).assertion()
}

fn hexadecimal(digits: &str) -> [u8; 32] {
    std::array::from_fn(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).expect("digits"))
}

/// The two numbers of an honest ECDSA signature, if it is one.
fn halves(signature: &[u8]) -> Option<([u8; 32], [u8; 32])> {
    let signature = p256::ecdsa::Signature::from_der(signature).ok()?;
    Some((signature.r().to_bytes().into(), signature.s().to_bytes().into()))
}

/// A number of 32 bytes less another.
fn minus(large: &[u8; 32], small: &[u8; 32]) -> [u8; 32] {
    let mut difference = [0; 32];
    let mut borrowed = false;
    for at in (0..32).rev() {
        let (less, one) = large[at].overflowing_sub(small[at]);
        let (less, two) = less.overflowing_sub(u8::from(borrowed));
        (difference[at], borrowed) = (less, one || two);
    }
    difference
}

/// An Ed25519 signature whose number is larger by the group's order.
fn plus_order(signature: &[u8]) -> Vec<u8> {
    let mut carried = false;
    let mut sum = signature.to_vec();
    for (byte, more) in sum[32..].iter_mut().zip(hexadecimal(ED25519_ORDER)) {
        let (larger, one) = byte.overflowing_add(more);
        let (larger, two) = larger.overflowing_add(u8::from(carried));
        (*byte, carried) = (larger, one || two);
    }
    sum
}

/// An integer in DER, of these very bytes.
fn raw_integer(bytes: &[u8]) -> Vec<u8> {
    [&[0x02, u8::try_from(bytes.len()).expect("short")], bytes].concat()
}

/// An ECDSA signature in DER.
fn der(r: &[u8; 32], s: &[u8; 32]) -> Vec<u8> {
    let integer = |number: &[u8; 32]| {
        let leading = number.iter().take(31).take_while(|byte| **byte == 0).count();
        let shortest = &number[leading..];
        if shortest[0] < 0x80 { raw_integer(shortest) } else { raw_integer(&[&[0], shortest].concat()) }
    };
    let inner = [integer(r), integer(s)].concat();
    [vec![0x30, u8::try_from(inner.len()).expect("short")], inner].concat()
}
