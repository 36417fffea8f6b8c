//! How the owner's application shows itself on pages and in mails: a logo and a colour.
//!
//! An owner gives one colour, and whatever it is, people can read what is written in it: it is darkened for light
//! grounds and lightened for dark ones as far as WCAG 2.2 (1.4.3, level AA) asks, and no further. A colour that were
//! refused instead would stop a whole deployment for the sake of a button.

use std::fmt;

/// The sheet that text lies on where a person prefers light, and where they prefer dark.
pub const LIGHT_SHEET: Colour = Colour([0xFF, 0xFF, 0xFF]);
/// The sheet where a person prefers dark.
pub const DARK_SHEET: Colour = Colour([0x1C, 0x21, 0x2B]);
/// What is written on the colour where a person prefers dark.
pub const DARK_INK: Colour = Colour([0x0C, 0x15, 0x26]);
/// The contrast of text that is not large.
const READABLE: f64 = 4.5;

/// A logo, and the colour for links and buttons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    /// The logo; none: the name is written instead.
    pub logo: Option<LogoUrl>,
    /// The colour on light sheets; white is readable on it, too.
    pub colour: Colour,
    /// The colour on dark sheets; [`DARK_INK`] is readable on it, too.
    pub colour_on_dark: Colour,
}

impl Brand {
    /// The brand with this logo and a colour that is made readable.
    pub fn new(logo: Option<LogoUrl>, colour: Colour) -> Self {
        Self { logo, colour: colour.readable_on(LIGHT_SHEET), colour_on_dark: colour.readable_on(DARK_SHEET) }
    }
}

/// A colour in sRGB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour([u8; 3]);

impl Colour {
    /// Reads `#` and six hexadecimal digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        plain.then_some(Self([part(0)?, part(2)?, part(4)?]))
    }

    /// The contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio").
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// The nearest shade towards black or white that can be read on `ground`, and on which `ground` can be read.
    fn readable_on(self, ground: Self) -> Self {
        let end = if ground.luminance() > 0.18 { 0x00 } else { 0xFF };
        let shades = (0..=64).map(|step| self.mixed(end, step));
        shades.into_iter().find(|shade| shade.contrast(ground) >= READABLE).unwrap_or(Self([end; 3]))
    }

    /// `step` sixty-fourths of the way to a grey.
    fn mixed(self, grey: u8, step: u16) -> Self {
        let mixed = self.0.map(|part| (u16::from(part) * (64 - step) + u16::from(grey) * step) / 64);
        Self(mixed.map(|part| u8::try_from(part).unwrap_or(grey)))
    }

    /// WCAG 2.2, "relative luminance".
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(formatter, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// Where a logo lies. Its origin becomes a part of the pages' policy, so nothing else may be hidden in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoUrl {
    url: String,
    origin: String,
}

/// Reads an `https://` URL that can stand in a page, a mail or a header as it is; `http://` only of the own machine.
pub(crate) fn web_address(text: &str) -> Option<http::Uri> {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>\\`;,".contains(&byte));
    let uri: http::Uri = text.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    let local = matches!(authority.host(), "localhost" | "127.0.0.1" | "[::1]");
    let secure = scheme == "https" || (scheme == "http" && local);
    let bare = !authority.as_str().contains(['@', '*']);
    (plain && secure && bare).then_some(uri)
}

impl LogoUrl {
    /// Reads an `https://` address; `http://` only of the own machine.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let uri = web_address(text).filter(|uri| !uri.path().is_empty())?;
        let origin = format!("{}://{}", uri.scheme_str()?, uri.authority()?);
        Some(Self { url: text.to_owned(), origin })
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// Scheme, host and perhaps a port.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_the_colour_people_can_read_it_and_what_is_written_on_it(rgb: [u8; 3]) {
            let brand = Brand::new(None, Colour(rgb));
            prop_assert!(brand.colour.contrast(LIGHT_SHEET) >= READABLE);
            prop_assert!(brand.colour_on_dark.contrast(DARK_SHEET) >= READABLE);
            prop_assert!(brand.colour_on_dark.contrast(DARK_INK) >= READABLE);
        }
    }

    #[test]
    fn a_colour_that_can_be_read_stays_as_it_is() {
        let brand = Brand::new(None, Colour::parse("#1F5fd0").unwrap());
        assert_eq!(brand.colour.to_string(), "#1f5fd0");
        assert_eq!(Brand::new(None, Colour::parse("#8ab4ff").unwrap()).colour_on_dark.to_string(), "#8ab4ff");
        assert!((Colour([0; 3]).contrast(LIGHT_SHEET) - 21.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_no_colour_is_refused() {
        for odd in ["", "1f5fd0", "#1f5", "#1f5fd", "#1f5fd0f", "#1f5fg0", "#+1+2+3", "#ééé", "red"] {
            assert_eq!(Colour::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_logos_address_adds_nothing_to_the_policy_but_its_origin() {
        let logo = LogoUrl::parse("https://cdn.example.com:8443/a/logo.png?v=2").unwrap();
        assert_eq!(logo.origin(), "https://cdn.example.com:8443");
        for odd in [
            "http://cdn.example.com/logo.png",
            "//cdn.example.com/logo.png",
            "data:image/png;base64,AAAA",
            "javascript:alert(1)",
            "https://cdn.example.com/a;script-src *",
            "https://cdn.example.com/a\" onerror=\"x",
            "https://user@cdn.example.com/logo.png",
            "https://*/logo.png",
            "logo.png",
        ] {
            assert_eq!(LogoUrl::parse(odd), None, "{odd}");
        }
    }
}
