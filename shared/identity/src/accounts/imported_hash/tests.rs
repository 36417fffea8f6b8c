//! Hashes whose passwords are known: from the documents that describe the algorithms, from the projects' own pages, and
//! from other implementations.

use proptest::prelude::*;

use super::{ImportRefused, ImportedHash};

/// Firebase's example: <https://github.com/firebase/scrypt>.
const FIREBASE: &str = "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";

const KNOWN: &[(&str, &str)] = &[
    // jBCrypt and crypt_blowfish.
    ("a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"),
    ("abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i"),
    ("U*U", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    (
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored",
        "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
    ),
    ("correct horse battery staple", "$2b$04$CCCCCCCCCCCCCCCCCCCCC.0uP/2zHIr81tVya45gVnDFLBmqu9l4W"),
    // RFC 7914, section 12.
    (
        "password",
        "$scrypt$ln=10,r=8,p=16$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA",
    ),
    (
        "pleaseletmein",
        "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw",
    ),
    ("user1password", FIREBASE),
    // RFC 6070 for SHA-1; Python's hashlib for the rest.
    ("password", "pbkdf2_sha1$4096$salt$SwB5AbdlSJq+rUnZJvch0GWkKcE="),
    ("password", "pbkdf2_sha256$4096$salt$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o="),
    ("lètmein", "pbkdf2_sha256$1000$seasalt$JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A="),
    // The reference implementation's page, and argon2-cffi.
    ("password", "$argon2i$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG"),
    (
        "correct horse",
        "$argon2d$v=19$m=1024,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$Ip49LU+1KPMhxnua75o+f4iiJfwbptgIZEgKHaMzglc",
    ),
    (
        "correct horse",
        "$argon2id$v=19$m=1024,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$gyAB513YsKkumS8py9dwwMvzgLeFFFEb+oaTMHycsgU",
    ),
    (
        "correct horse",
        "argon2$argon2id$v=19$m=1024,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$gyAB513YsKkumS8py9dwwMvzgLeFFFEb+oaTMHycsgU",
    ),
    (
        "correct horse",
        "$argon2i$v=16$m=1024,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$YrbaVCFx2Id+4k9tovtNMLnzdIvK0zd8muZfflqPeeA",
    ),
    ("correct horse", "$argon2i$m=1024,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$YrbaVCFx2Id+4k9tovtNMLnzdIvK0zd8muZfflqPeeA"),
];

fn matches(password: &str, text: &str) -> bool {
    let hash = ImportedHash::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    hash.recipe.compute(password, hash.output.len()).unwrap() == hash.output
}

#[test]
fn known_passwords_are_recognised_and_others_are_not() {
    for (password, text) in KNOWN {
        assert!(matches(password, text), "{password} {text}");
        assert!(!matches(&format!("x{password}"), text), "{password} {text}");
    }
}

#[test]
fn bcrypt_reads_72_bytes_and_no_more() {
    let hash = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
    let first = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    assert_eq!(first.len(), 72);
    assert!(matches(first, hash) && matches(&format!("{first}anything"), hash));
    assert!(!matches(&first[..71], hash));
}

#[test]
fn a_hash_that_asks_for_too_much_is_refused() {
    let (salt, hash) = ("c29tZXNhbHQ", "/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI");
    let long = "QUFB".repeat(50);
    for costly in [
        "$2b$15$CCCCCCCCCCCCCCCCCCCCC.0uP/2zHIr81tVya45gVnDFLBmqu9l4W".to_owned(),
        "$2b$31$CCCCCCCCCCCCCCCCCCCCC.0uP/2zHIr81tVya45gVnDFLBmqu9l4W".to_owned(),
        "$2b$99$CCCCCCCCCCCCCCCCCCCCC.0uP/2zHIr81tVya45gVnDFLBmqu9l4W".to_owned(),
        format!("$scrypt$ln=18,r=8,p=1${salt}${hash}"),
        format!("$scrypt$ln=14,r=8,p=64${salt}${hash}"),
        format!("$scrypt$ln=255,r=1,p=1${salt}${hash}"),
        format!("$scrypt$ln=63,r=4294967295,p=4294967295${salt}${hash}"),
        FIREBASE.replace("n=14", "n=20"),
        FIREBASE.replace("r=8", "r=4000000000"),
        format!("pbkdf2_sha256$2000001$salt${hash}="),
        format!("pbkdf2_sha256$0$salt${hash}="),
        format!("$argon2id$v=19$m=131073,t=1,p=1${salt}${hash}"),
        format!("$argon2id$v=19$m=65536,t=9,p=1${salt}${hash}"),
        format!("$argon2id$v=19$m=4294967295,t=4294967295,p=1${salt}${hash}"),
        format!("$argon2id$v=19$m=1024,t=1,p=1${long}${hash}"),
    ] {
        assert_eq!(ImportedHash::parse(&costly).err(), Some(ImportRefused::TooCostly), "{costly}");
    }
}

#[test]
fn a_hash_of_another_form_is_refused() {
    let long = "A".repeat(2000);
    for other in [
        "",
        "$",
        "plain text",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
        "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$5$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOe",
        "$2b$05$äääääääääääCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "pbkdf2_sha256$1000$seasalt$JgZryXe2Ga8ysg==",
        "pbkdf2_sha256$1000$seasalt",
        "pbkdf2_sha512$1000$seasalt$JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A=",
        "$argon2x$v=19$m=1024,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$gyAB513YsKkumS8py9dwwMvzgLeFFFEb+oaTMHycsgU",
        "$argon2id$v=18$m=1024,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$gyAB513YsKkumS8py9dwwMvzgLeFFFEb+oaTMHycsgU",
        "$argon2id$v=19$m=1024,t=2$MDEyMzQ1Njc4OWFiY2RlZg$gyAB513YsKkumS8py9dwwMvzgLeFFFEb+oaTMHycsgU",
        "$argon2id$v=19$m=1024,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$gyAB",
        "$scrypt$ln=14,r=8$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI",
        "$scrypt$ln=-1,r=8,p=1$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI",
        &FIREBASE.replace("v=1", "v=2"),
        &FIREBASE.replace("p=1", "p=2"),
        &long,
    ] {
        assert_eq!(ImportedHash::parse(other).err(), Some(ImportRefused::Unknown), "{other}");
    }
}

#[test]
fn parameters_that_an_algorithm_does_not_know_give_no_hash() {
    for odd in [
        "$argon2id$v=19$m=1,t=1,p=1$c29tZXNhbHQ$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI",
        "$argon2id$v=19$m=1024,t=0,p=0$c29tZXNhbHQ$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI",
        "$argon2id$v=19$m=1024,t=1,p=1$c29t$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI",
        "$scrypt$ln=0,r=0,p=0$c29tZXNhbHQ$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWI",
    ] {
        let hash = ImportedHash::parse(odd).unwrap();
        assert!(hash.recipe.compute("password", hash.output.len()).is_none(), "{odd}");
    }
}

proptest! {
    #[test]
    fn nothing_that_is_read_panics(text in "\\PC{0,80}", middle in "[a-z0-9$=,./+]{0,80}") {
        let _ = ImportedHash::parse(&text);
        for start in ["$2b$", "$scrypt$ln=", "$fbscrypt$v=1,", "pbkdf2_sha256$", "$argon2id$v=19$m="] {
            let _ = ImportedHash::parse(&format!("{start}{middle}"));
        }
    }
}
