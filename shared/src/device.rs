//! What a user agent says of the device behind it: `Firefox on Windows`.
//!
//! Anybody can claim any user agent, so this only names a device for people; nothing is decided by it. The names come
//! from closed lists and never from the header: a person reads them in mails that a stranger caused. Versions are left
//! out, since browsers have frozen those of the system and raise their own every month.

use std::fmt;

use woothee::parser::Parser;

/// The browser and the system of a device, as far as they are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Device {
    /// The browser, such as `Firefox`.
    pub browser: Option<&'static str>,
    /// The operating system or the kind of device, such as `Windows` or `iPhone`.
    pub system: Option<&'static str>,
}

impl Device {
    /// The device that this `User-Agent` header names.
    pub fn of(user_agent: Option<&str>) -> Self {
        let Some(agent) = user_agent else { return Self::default() };
        match Parser::new().parse(agent) {
            Some(found) => Self { browser: browser(found.name), system: system(found.os) },
            None => Self::default(),
        }
    }
}

/// For the middle of a sentence: `Firefox on Windows`, `Firefox`, `Windows`, or `an unknown device`.
impl fmt::Display for Device {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.browser, self.system) {
            (Some(browser), Some(system)) => write!(formatter, "{browser} on {system}"),
            (Some(one), None) | (None, Some(one)) => formatter.write_str(one),
            (None, None) => formatter.write_str("an unknown device"),
        }
    }
}

fn browser(name: &str) -> Option<&'static str> {
    Some(match name {
        "Chrome" => "Chrome",
        "Edge" => "Edge",
        "Firefox" => "Firefox",
        "Google Search App" => "Google app",
        "Internet Explorer" => "Internet Explorer",
        "Opera" => "Opera",
        "Safari" => "Safari",
        "SamsungBrowser" => "Samsung Internet",
        "Sleipnir" => "Sleipnir",
        "Vivaldi" => "Vivaldi",
        "Webview" => "an app",
        "Yandex Browser" => "Yandex Browser",
        _ => return None,
    })
}

fn system(name: &str) -> Option<&'static str> {
    Some(match name {
        "Android" => "Android",
        "BSD" => "BSD",
        "ChromeOS" => "ChromeOS",
        "Linux" => "Linux",
        "Mac OSX" | "Mac OS Classic" => "macOS",
        "PlayStation 3" | "PlayStation 4" | "PlayStation Portable" | "PlayStation Vita" => "PlayStation",
        "Xbox 360" | "Xbox One" => "Xbox",
        "iOS" => "iOS",
        "iPad" => "iPad",
        "iPhone" => "iPhone",
        "iPod" => "iPod",
        windows if windows.starts_with("Windows") => "Windows",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn browsers_of_today_are_named() {
        for (agent, name) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                "Chrome on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
                "Chrome on ChromeOS",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 OPR/124.0.0.0",
                "Opera on Windows",
            ),
        ] {
            assert_eq!(Device::of(Some(agent)).to_string(), name, "{agent}");
        }
    }

    #[test]
    fn what_says_nothing_is_an_unknown_device() {
        for agent in [None, Some(""), Some("-"), Some("curl/8.14.1"), Some("Googlebot/2.1")] {
            assert_eq!(Device::of(agent).to_string(), "an unknown device", "{agent:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_of_the_header_reaches_the_name(
            agent in "(Mozilla/5\\.0 )?(\\((Windows|iPhone|Android|X11|CrOS)?[;: ]?\\PC{0,40}\\))? ?(Chrome/|Firefox/|Version/|MSIE |Opera)?.{0,60}"
        ) {
            let name = Device::of(Some(&agent)).to_string();
            prop_assert!(name.len() <= 40 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' '), "{name}");
        }
    }
}
