//! A QR code as an SVG picture, which needs no script, no other host and no picture library.

use std::fmt::Write as _;

use fast_qr::{ECL, QRBuilder};
use zeroize::Zeroizing;

/// The blank modules around a code that scanners need (ISO/IEC 18004).
const MARGIN: usize = 4;

/// The picture of a text; none for one that does not fit, which is longer than two thousand bytes. Dark on white
/// whatever stands around it, and without a size of its own.
pub(super) fn svg(text: &str) -> Option<Zeroizing<String>> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let side = code.size + 2 * MARGIN;
    let mut picture = Zeroizing::new(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\""
    ));
    for (row, modules) in code.data.chunks(code.size).take(code.size).enumerate() {
        let mut column = 0;
        for run in modules.chunk_by(|one, next| one.value() == next.value()) {
            if run.first().is_some_and(|module| module.value()) {
                let _ = write!(picture, "M{} {}h{}v1h-{}z", column + MARGIN, row + MARGIN, run.len(), run.len());
            }
            column += run.len();
        }
    }
    picture.push_str("\"/></svg>");
    Some(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The dark modules of a picture, read back from its path.
    fn dark(picture: &str) -> Vec<(usize, usize)> {
        let path = picture.rsplit(" d=\"").next().unwrap().split('"').next().unwrap();
        let runs = path.split('M').skip(1).flat_map(|run| {
            let (column, rest) = run.split_once(' ').unwrap();
            let (row, rest) = rest.split_once('h').unwrap();
            let (column, row): (usize, usize) = (column.parse().unwrap(), row.parse().unwrap());
            let length: usize = rest.split('v').next().unwrap().parse().unwrap();
            (column..column + length).map(move |column| (column, row))
        });
        runs.collect()
    }

    #[test]
    fn a_picture_has_the_three_eyes_of_a_code_and_a_margin() {
        let picture = svg("otpauth://totp/Acme:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap();
        let dark = dark(&picture);
        let side: usize = picture.split("0 0 ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        assert!(dark.iter().all(|(column, row)| [column, row].iter().all(|at| (4..side - 4).contains(*at))));
        for (left, top) in [(4, 4), (side - 11, 4), (4, side - 11)] {
            for at in 0..7 {
                for module in [(left + at, top), (left + at, top + 6), (left, top + at), (left + 6, top + at)] {
                    assert!(dark.contains(&module), "{module:?}");
                }
            }
            assert!(!dark.contains(&(left + 1, top + 1)) && dark.contains(&(left + 3, top + 3)));
        }
    }

    #[test]
    fn the_longest_names_fit() {
        let uri = super::super::key_uri::key_uri(&"\u{1f980}".repeat(40), &"+".repeat(254), &"A".repeat(32));
        assert!(svg(&uri).is_some(), "{} bytes", uri.len());
    }
}
