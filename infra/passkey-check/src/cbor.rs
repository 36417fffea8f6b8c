//! CBOR (RFC 8949) written byte by byte, since what is to be tried is mostly what no encoder writes.

use ciborium::Value;

/// A name and its value, each written already.
pub type Entry = (Vec<u8>, Vec<u8>);

/// The major types.
pub const UNSIGNED: u8 = 0;
/// Negative integers.
pub const NEGATIVE: u8 = 1;
/// Byte strings.
pub const BYTES: u8 = 2;
/// Text.
pub const TEXT: u8 = 3;
/// Arrays.
pub const ARRAY: u8 = 4;
/// Maps.
pub const MAP: u8 = 5;
/// Tags.
pub const TAG: u8 = 6;
/// Ends what has no length.
pub const BREAK: u8 = 0xFF;

/// The head of an item in its shortest form.
pub fn head(major: u8, argument: u64) -> Vec<u8> {
    let bytes = argument.to_be_bytes();
    match argument {
        0..24 => vec![major << 5 | bytes[7]],
        24..0x100 => vec![major << 5 | 0x18, bytes[7]],
        0x100..0x1_0000 => [&[major << 5 | 0x19], &bytes[6..]].concat(),
        0x1_0000..0x1_0000_0000 => [&[major << 5 | 0x1A], &bytes[4..]].concat(),
        _ => [&[major << 5 | 0x1B], bytes.as_slice()].concat(),
    }
}

/// The head of an item with eight bytes for its argument, whatever it needs.
pub fn wide(major: u8, argument: u64) -> Vec<u8> {
    [&[major << 5 | 0x1B], argument.to_be_bytes().as_slice()].concat()
}

/// The head of an item whose length is not said: it ends with [`BREAK`].
pub fn open(major: u8) -> Vec<u8> {
    vec![major << 5 | 0x1F]
}

/// An integer.
pub fn integer(number: i64) -> Vec<u8> {
    u64::try_from(number).map_or_else(|_| head(NEGATIVE, number.unsigned_abs() - 1), |number| head(UNSIGNED, number))
}

/// An integer in nine bytes.
pub fn wide_integer(number: i64) -> Vec<u8> {
    u64::try_from(number).map_or_else(|_| wide(NEGATIVE, number.unsigned_abs() - 1), |number| wide(UNSIGNED, number))
}

/// A byte string.
pub fn bytes(bytes: &[u8]) -> Vec<u8> {
    [head(BYTES, bytes.len() as u64).as_slice(), bytes].concat()
}

/// A text.
pub fn text(text: &str) -> Vec<u8> {
    [head(TEXT, text.len() as u64).as_slice(), text.as_bytes()].concat()
}

/// A map of names and values that are written already, in this order and with whatever stands in it twice.
pub fn map(entries: &[Entry]) -> Vec<u8> {
    let entries_written: Vec<u8> = entries.iter().flat_map(|(name, value)| [name.as_slice(), value].concat()).collect();
    [head(MAP, entries.len() as u64), entries_written].concat()
}

/// How many bytes the first item takes; all of them if they are no item.
pub fn first_item(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    let read: Result<Value, _> = ciborium::de::from_reader(&mut rest);
    if read.is_ok() { bytes.len() - rest.len() } else { bytes.len() }
}

/// The entries of a map that an honest authenticator wrote, each half as it stands.
pub fn entries(written: &[u8]) -> Vec<Entry> {
    let value: Value = ciborium::de::from_reader(written).expect("an honest map");
    let count = value.as_map().expect("an honest map").len();
    let mut rest = &written[head(MAP, count as u64).len()..];
    let mut next = || {
        let (item, after) = rest.split_at(first_item(rest));
        rest = after;
        item.to_vec()
    };
    (0..count).map(|_| (next(), next())).collect()
}
