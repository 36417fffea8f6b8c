//! The texts in which other systems keep their hashes.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{Bytes, ImportRefused, ImportedHash, OUTPUT, Recipe};

/// The longest text that is looked at.
const LONGEST: usize = 1024;
/// The bytes of salt in a bcrypt hash, and their characters.
const BCRYPT_SALT: (usize, usize) = (16, 22);
/// The bytes of a bcrypt hash that are stored: the last of 24 never was.
const BCRYPT_OUTPUT: usize = 23;

const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
const BCRYPT: GeneralPurpose = GeneralPurpose::new(&alphabet::BCRYPT, CONFIG);

impl ImportedHash {
    /// Reads a hash:
    ///
    /// - `$2b$12$…`, also `2a` and `2y`; not `2x`, which marks a faulty implementation;
    /// - `$scrypt$ln=15,r=8,p=1$salt$hash`;
    /// - `$fbscrypt$v=1,n=14,r=8,p=1,ss=…,sk=…$salt$hash`, with Firebase's salt separator and signer key;
    /// - `pbkdf2_sha256$1000000$salt$hash` and `pbkdf2_sha1$…`, whose salt is text;
    /// - `$argon2id$v=19$m=65536,t=3,p=4$salt$hash`, also `argon2i` and `argon2d`, and after Django's `argon2`.
    pub(crate) fn parse(text: &str) -> Result<Self, ImportRefused> {
        let text = text.strip_prefix("argon2$").map_or(text, |_| text.trim_start_matches("argon2"));
        let parts: Vec<&str> = text.split('$').collect();
        let read = match parts.as_slice() {
            _ if text.len() > LONGEST => None,
            ["", "2a" | "2b" | "2y", cost, rest] => bcrypt(cost, rest),
            ["", "scrypt", settings, salt, hash] => scrypt(&Settings(settings), salt, hash),
            ["", "fbscrypt", settings, salt, hash] => firebase_scrypt(&Settings(settings), salt, hash),
            [kind @ ("pbkdf2_sha256" | "pbkdf2_sha1"), iterations, salt, hash] => pbkdf2(kind, iterations, salt, hash),
            ["", kind, version, settings, salt, hash] => argon2(kind, version, &Settings(settings), salt, hash),
            ["", kind, settings, salt, hash] => argon2(kind, "v=16", &Settings(settings), salt, hash),
            _ => None,
        };
        let read = read.filter(|read| OUTPUT.contains(&read.output.len())).ok_or(ImportRefused::Unknown)?;
        read.recipe.check().map(|()| read)
    }
}

/// `name=value,name=value`.
struct Settings<'a>(&'a str);

impl<'a> Settings<'a> {
    fn text(&self, name: &str) -> Option<&'a str> {
        self.0.split(',').find_map(|setting| setting.strip_prefix(name)?.strip_prefix('='))
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

fn bcrypt(cost: &str, rest: &str) -> Option<ImportedHash> {
    let (salt, hash) = rest.split_at_checked(BCRYPT_SALT.1)?;
    let (salt, output) = (BCRYPT.decode(salt).ok()?, BCRYPT.decode(hash).ok()?);
    let cost = cost.parse().ok().filter(|_| cost.len() == 2)?;
    let fits = salt.len() == BCRYPT_SALT.0 && output.len() == BCRYPT_OUTPUT;
    fits.then_some(ImportedHash { recipe: Recipe::Bcrypt { cost, salt: Bytes(salt) }, output })
}

fn scrypt(settings: &Settings, salt: &str, hash: &str) -> Option<ImportedHash> {
    let recipe = Recipe::Scrypt {
        log_n: settings.number("ln")?,
        r: settings.number("r")?,
        p: settings.number("p")?,
        salt: Bytes(bytes(salt)?),
    };
    Some(ImportedHash { recipe, output: bytes(hash)? })
}

fn firebase_scrypt(settings: &Settings, salt: &str, hash: &str) -> Option<ImportedHash> {
    let signer_key = bytes(settings.text("sk")?)?;
    let output = bytes(hash)?;
    let is_known = settings.text("v") == Some("1") && settings.text("p") == Some("1");
    let recipe = Recipe::FirebaseScrypt {
        log_n: settings.number("n")?,
        r: settings.number("r")?,
        salt: Bytes([bytes(salt)?, bytes(settings.text("ss")?)?].concat()),
        signer_key: Bytes(signer_key.clone()),
    };
    (is_known && output.len() == signer_key.len()).then_some(ImportedHash { recipe, output })
}

fn pbkdf2(kind: &str, iterations: &str, salt: &str, hash: &str) -> Option<ImportedHash> {
    let (iterations, salt, output) = (iterations.parse().ok()?, Bytes(salt.as_bytes().to_vec()), bytes(hash)?);
    let (recipe, length) = match kind {
        "pbkdf2_sha256" => (Recipe::Pbkdf2Sha256 { iterations, salt }, 32),
        _ => (Recipe::Pbkdf2Sha1 { iterations, salt }, 20),
    };
    (output.len() == length).then_some(ImportedHash { recipe, output })
}

fn argon2(kind: &str, version: &str, settings: &Settings, salt: &str, hash: &str) -> Option<ImportedHash> {
    let version = version.strip_prefix("v=")?.parse().ok().filter(|version| matches!(version, 16 | 19))?;
    let recipe = Recipe::Argon2 {
        kind: Some(kind).filter(|kind| matches!(*kind, "argon2d" | "argon2i" | "argon2id"))?.to_owned(),
        version,
        memory_kib: settings.number("m")?,
        passes: settings.number("t")?,
        lanes: settings.number("p")?,
        salt: Bytes(bytes(salt)?),
    };
    Some(ImportedHash { recipe, output: bytes(hash)? })
}
