//! Kinds of items that two declarations claim: by their names, or by keys that could be the same.
//!
//! A key's form is text with parts in braces, `ACCOUNT#{account}`. A part in braces may be any text here, also with `#` in
//! it, so what this finds to be apart is apart whatever the parts hold.

use crate::dynamo::EntityShape;

/// What stands between the forms of a key that has several.
const OR: &str = ", or ";

/// Each pair of declarations, with the domains that make them, that claim one name or could meet under one key, as a line
/// that names both and their domains.
pub fn clashing_entities<'a>(declared: impl IntoIterator<Item = (&'a str, &'a EntityShape)>) -> Vec<String> {
    let declared: Vec<(&str, &EntityShape)> = declared.into_iter().collect();
    let mut clashes = Vec::new();
    for (at, (domain, shape)) in declared.iter().enumerate() {
        for (other_domain, other) in declared.iter().skip(at + 1) {
            let (name, other_name) = (shape.entity.name(), other.entity.name());
            if name == other_name {
                clashes.push(format!("`{domain}` and `{other_domain}` both declare {name}"));
            }
            if shape.table == other.table && could_meet(shape.pk, other.pk) && could_meet(shape.sk, other.sk) {
                clashes.push(format!(
                    "{name} of `{domain}` and {other_name} of `{other_domain}` could meet: {} / {} and {} / {}",
                    shape.pk, shape.sk, other.pk, other.sk
                ));
            }
        }
    }
    clashes
}

fn could_meet(one: &str, other: &str) -> bool {
    one.split(OR).any(|one| other.split(OR).any(|other| meet(&pattern(one), &pattern(other))))
}

/// The form's characters; none of them for each part in braces.
fn pattern(form: &str) -> Vec<Option<char>> {
    let mut inside = false;
    let marked = form.chars().filter_map(|c| match (c, inside) {
        ('{', false) => {
            inside = true;
            Some(None)
        }
        ('}', true) => {
            inside = false;
            None
        }
        (_, true) => None,
        (c, false) => Some(Some(c)),
    });
    marked.collect()
}

/// Whether there is a text that both patterns fit.
fn meet(one: &[Option<char>], other: &[Option<char>]) -> bool {
    match (one, other) {
        ([], []) => true,
        ([None, rest @ ..], _) if meet(rest, other) => true,
        (_, [None, rest @ ..]) if meet(one, rest) => true,
        ([None, ..], [Some(_), rest @ ..]) => meet(one, rest),
        ([Some(_), rest @ ..], [None, ..]) => meet(rest, other),
        ([Some(a), one @ ..], [Some(b), other @ ..]) => a == b && meet(one, other),
        _ => false,
    }
}

#[cfg(test)]
#[expect(unreachable_pub, reason = "the macro writes what other domains may use")]
mod tests {
    use super::*;

    mod parcels {
        crate::entities! {
            PARCEL: "Parcel" {
                table: Main, pk: "PARCEL#{parcel}", sk: "PARCEL", index: None, ttl: None,
                personal: No("made up"), meaning: "Made up."
            }
            STAMP: "Stamp" {
                table: Main, pk: "PARCEL#{parcel}", sk: "STAMP#{stamp}", index: None, ttl: None,
                personal: No("made up"), meaning: "Made up."
            }
        }
    }

    mod letters {
        crate::entities! {
            PARCEL: "Parcel" {
                table: Main, pk: "LETTER#{letter}", sk: "LETTER", index: None, ttl: None,
                personal: No("made up"), meaning: "Made up."
            }
            SEAL: "Seal" {
                table: Main, pk: "LETTER#{letter}, or PARCEL#lost#{day}", sk: "{kind}#{seal}", index: None, ttl: None,
                personal: No("made up"), meaning: "Made up."
            }
        }
    }

    mod drafts {
        crate::entities! {
            DRAFT: "Draft" {
                table: Ephemeral, pk: "PARCEL#{parcel}", sk: "PARCEL", index: None, ttl: Some("a day"),
                personal: No("made up"), meaning: "Made up."
            }
        }
    }

    type Declared = (&'static str, &'static [EntityShape]);

    const PARCELS: Declared = ("parcels", parcels::ENTITIES);
    const LETTERS: Declared = ("letters", letters::ENTITIES);
    const DRAFTS: Declared = ("drafts", drafts::ENTITIES);

    fn clashes(domains: &[Declared]) -> Vec<String> {
        let each = |(name, entities): &Declared| entities.iter().map(|shape| (*name, shape)).collect::<Vec<_>>();
        clashing_entities(domains.iter().flat_map(each))
    }

    #[test]
    fn both_domains_of_a_clash_are_named() {
        let parcel = "`parcels` and `letters` both declare Parcel";
        let stamp = "Stamp of `parcels` and Seal of `letters` could meet: PARCEL#{parcel} / STAMP#{stamp} and \
                     LETTER#{letter}, or PARCEL#lost#{day} / {kind}#{seal}";
        assert_eq!(clashes(&[PARCELS, LETTERS]), [parcel, stamp]);
    }

    #[test]
    fn tables_and_single_domains_are_apart() {
        assert!(clashes(&[PARCELS, DRAFTS]).is_empty());
        assert!(clashes(&[LETTERS]).is_empty());
        assert_eq!(clashes(&[DRAFTS, DRAFTS]).len(), 2);
    }

    #[test]
    fn forms_meet_if_one_text_fits_both() {
        for (one, other, met) in [
            ("ACCOUNT", "ACCOUNT", true),
            ("ACCOUNT", "ACCOUNTS", false),
            ("A#{a}", "A#{b}", true),
            ("A#{a}", "B#{b}", false),
            ("A#{a}", "A#b", true),
            ("A#{a}#x", "A#{b}#y", false),
            ("{a}#{b}", "TOTP", false),
            ("{a}#{b}", "S#{c}", true),
            ("{a}", "ANY", true),
            ("{a}x", "y{b}", true),
            ("A, or B#{b}", "B#1", true),
        ] {
            assert_eq!((could_meet(one, other), could_meet(other, one)), (met, met), "{one} and {other}");
        }
    }
}
