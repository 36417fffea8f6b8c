//! What a user agent says of the device behind it: `Firefox on Windows`.
//!
//! Anybody can claim any user agent, so this only names a device for people; nothing is decided by it. The names come
//! from closed lists and never from the header: a person reads them in mails that a stranger caused. Versions are left
//! out, since browsers have frozen those of the system and raise their own every month.

use std::fmt;

/// The browser and the system of a device, as far as they are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Device {
    /// The browser, such as `Firefox`.
    pub browser: Option<&'static str>,
    /// The operating system or the kind of device, such as `Windows` or `iPhone`.
    pub system: Option<&'static str>,
}

/// A name and the texts that stand for it in a header. The first entry of a list that fits decides.
type Marks = (&'static str, &'static [&'static str]);

/// The particular before the general: nearly every browser also claims to be Chrome, Safari, or both.
const BROWSERS: &[Marks] = &[
    ("Internet Explorer", &["compatible; MSIE", "Trident/", "IEMobile"]),
    ("Edge", &["Edg/", "Edge/", "EdgA/", "EdgiOS/"]),
    ("Vivaldi", &["Vivaldi/"]),
    ("Yandex Browser", &["YaBrowser/"]),
    ("Samsung Internet", &["SamsungBrowser/"]),
    ("Opera", &["OPR/", "OPT/", "OPiOS/", "Opera"]),
    ("Sleipnir", &["Sleipnir/"]),
    // The web view of Android, in which an app shows a page.
    ("an app", &["; wv)"]),
    ("Google app", &["GSA/"]),
    ("Firefox", &["Firefox/", "FxiOS/"]),
    ("Chrome", &["Chrome/", "CriOS/", "CrMo/"]),
    ("Safari", &["Safari/"]),
    // Every browser of iOS says `Safari/`; the web view does not.
    ("an app", &["like Mac OS X"]),
];

/// Windows Phone also claims to be Android and an iPhone, an iPod also runs `iPhone OS`, and Android is a Linux.
const SYSTEMS: &[Marks] = &[
    ("Xbox", &["Xbox"]),
    ("Windows", &["Windows"]),
    ("PlayStation", &["PlayStation", "PLAYSTATION"]),
    ("iPad", &["iPad"]),
    ("iPod", &["iPod"]),
    ("iPhone", &["iPhone"]),
    ("macOS", &["Mac OS X", "Macintosh", "Mac_PowerPC"]),
    ("Android", &["Android"]),
    ("ChromeOS", &["CrOS "]),
    ("Linux", &["Linux"]),
    ("BSD", &["BSD"]),
    // What Apple's own HTTP client says of an app.
    ("iOS", &["CFNetwork/"]),
];

/// Crawlers claim to be browsers as well, and by custom name a page that explains them.
const CRAWLERS: &[&str] = &["+http", "bot/", "Bot/"];

impl Device {
    /// The device that this `User-Agent` header names.
    pub fn of(user_agent: Option<&str>) -> Self {
        match user_agent {
            Some(agent) if !CRAWLERS.iter().any(|mark| agent.contains(mark)) => {
                Self { browser: first(BROWSERS, agent), system: first(SYSTEMS, agent) }
            }
            _ => Self::default(),
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

fn first(list: &[Marks], agent: &str) -> Option<&'static str> {
    list.iter().find(|(_, marks)| marks.iter().any(|mark| agent.contains(mark))).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const REAL: &[(&str, &str)] = &[
        // Firefox
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on macOS"),
        ("Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox on Android"),
        ("Mozilla/5.0 (X11; FreeBSD amd64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on BSD"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/140.0 Mobile/15E148 Safari/605.1.15",
            "Firefox on iPhone",
        ),
        // Chrome
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
            "Chrome on Windows",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
            "Chrome on macOS",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
            "Chrome on Linux",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (Linux; Android 9; CUBOT NOTE 20) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
            "Chrome on ChromeOS",
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.7339.101 Mobile/15E148 Safari/604.1",
            "Chrome on iPad",
        ),
        // What is made of Chrome
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36 EdgA/140.0.0.0",
            "Edge on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 EdgiOS/140.0.3485.71 Mobile/15E148 Safari/605.1.15",
            "Edge on iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/48.0.2564.82 Safari/537.36 Edge/20.02",
            "Edge on Xbox",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36 OPR/124.0.0.0",
            "Opera on Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36 OPR/91.0.0.0",
            "Opera on Android",
        ),
        ("Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18", "Opera on Windows"),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
            "Samsung Internet on Android",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Vivaldi/7.5.3735.54",
            "Vivaldi on Linux",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 YaBrowser/25.6.0.1234 Yowser/2.5 Safari/537.36",
            "Yandex Browser on Windows",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UD1A.231105.004; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0.6478.71 Mobile Safari/537.36",
            "an app on Android",
        ),
        // Safari and its web view
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
            "Safari on macOS",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 16_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
            "Safari on iPad",
        ),
        (
            "Mozilla/5.0 (iPod touch; CPU iPhone OS 12_5_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/12.1.2 Mobile/15E148 Safari/604.1",
            "Safari on iPod",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/380.0.788317806 Mobile/15E148 Safari/604.1",
            "Google app on iPhone",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
            "an app on iPhone",
        ),
        (
            "Mozilla/5.0 (PlayStation; PlayStation 5/2.26) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.0 Safari/605.1.15",
            "Safari on PlayStation",
        ),
        // Old ones, and what only names a system
        ("Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer on Windows"),
        ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)", "Internet Explorer on Windows"),
        (
            "Mozilla/5.0 (Mobile; Windows Phone 8.1; Android 4.0; ARM; Trident/7.0; Touch; rv:11.0; IEMobile/11.0; NOKIA; Lumia 635) like iPhone OS 7_0_3 Mac OS X AppleWebKit/537 (KHTML, like Gecko) Mobile Safari/537",
            "Internet Explorer on Windows",
        ),
        ("Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UD1A.231105.004)", "Android"),
        ("Acme/12 CFNetwork/1494.0.7 Darwin/23.4.0", "iOS"),
        ("Acme/2.1 (iPhone; iOS 18.5; Scale/3.00)", "iPhone"),
    ];

    #[test]
    fn browsers_are_named_with_their_systems() {
        for (agent, name) in REAL {
            assert_eq!(Device::of(Some(agent)).to_string(), *name, "{agent}");
        }
    }

    #[test]
    fn what_says_nothing_is_an_unknown_device() {
        let (long, letters) = ("Lorem ipsum; (/".repeat(700), "Пошук/1.0 (Ґаджет; 電話) 🦊/140 Сhrome/1".to_owned());
        assert!(long.len() > 10_000);
        for agent in [
            "",
            "-",
            " ",
            "Mozilla/5.0",
            "curl/8.14.1",
            "Wget/1.25.0",
            "python-requests/2.32.4",
            "okhttp/4.12.0",
            "PostmanRuntime/7.45.0",
            "node",
            "Googlebot/2.1 (+http://www.google.com/bot.html)",
            "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.7339.127 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            &long,
            &letters,
        ] {
            assert_eq!(Device::of(Some(agent)).to_string(), "an unknown device", "{agent:?}");
        }
        assert_eq!(Device::of(None).to_string(), "an unknown device");
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
