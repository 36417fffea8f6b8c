//! Which passwords may be set (NIST SP 800-63B, section 3.1.1.2; OWASP ASVS 6.2): length, a list of breached ones,
//! and an estimate of the guesses that it takes. No rules about kinds of characters, no expiry.

use zxcvbn::Score;

use super::breached_passwords::is_breached;
use super::{EmailAddress, Name, Password, Username};

/// The rule for passwords, applied on every path that sets one.
#[derive(Debug, Clone)]
pub struct PasswordPolicy {
    min_length: usize,
    app_name: String,
}

/// Why a password may not be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Weakness {
    /// Fewer characters than this.
    TooShort(usize),
    /// Known from a breach or a list of common passwords.
    Breached,
    /// Too easily guessed: the estimator's reasons, for people.
    Guessable(Vec<String>),
}

/// Whose password it is: words that a guesser would try first.
#[derive(Debug)]
pub struct Owner<'a> {
    /// The person's address.
    pub email: &'a EmailAddress,
    /// The person's name.
    pub name: &'a Name,
    /// The person's username.
    pub username: Option<&'a Username>,
}

impl PasswordPolicy {
    /// A policy with this minimum of characters; the application's name is a word to guess by, too.
    pub fn new(min_length: usize, app_name: &str) -> Self {
        Self { min_length, app_name: app_name.to_owned() }
    }

    /// Whether `owner` may have this password.
    pub fn check(&self, password: &Password, owner: &Owner<'_>) -> Result<(), Weakness> {
        let text = password.expose();
        if text.chars().count() < self.min_length {
            return Err(Weakness::TooShort(self.min_length));
        }
        if is_breached(text) {
            return Err(Weakness::Breached);
        }
        let normalised = owner.email.normalised();
        let mut words = vec![self.app_name.as_str(), owner.email.as_str(), &normalised, owner.email.local_part()];
        words.extend(owner.name.as_str().split_whitespace());
        let joined: String = owner.name.as_str().split_whitespace().collect();
        words.extend([owner.name.as_str(), &joined]);
        words.extend(owner.username.map(Username::as_str));
        let estimate = zxcvbn::zxcvbn(text, &words);
        if estimate.score() >= Score::Three {
            return Ok(());
        }
        let feedback = estimate.feedback();
        let warning = feedback.and_then(zxcvbn::feedback::Feedback::warning).map(|warning| warning.to_string());
        let suggestions = feedback.map(zxcvbn::feedback::Feedback::suggestions).unwrap_or_default();
        let mut reasons: Vec<String> = warning.into_iter().chain(suggestions.iter().map(ToString::to_string)).collect();
        if reasons.is_empty() {
            reasons.push("It takes too few guesses; add another word or two.".to_owned());
        }
        Err(Weakness::Guessable(reasons))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<(), Weakness> {
        let email = EmailAddress::parse("ada.lovelace@example.com").unwrap();
        let name = Name::parse("Ada Lovelace").unwrap();
        let username = Username::parse("enchantress").unwrap();
        let owner = Owner { email: &email, name: &name, username: Some(&username) };
        PasswordPolicy::new(8, "Acme Console").check(&Password::parse(password).unwrap(), &owner)
    }

    #[test]
    fn short_breached_and_guessable_passwords_are_told_apart() {
        assert_eq!(check("a8!k"), Err(Weakness::TooShort(8)));
        assert_eq!(check("password123"), Err(Weakness::Breached));
        assert_eq!(check("PassWord123"), Err(Weakness::Breached));
        assert!(matches!(check("aaaaaaaaaaaaaaaa"), Err(Weakness::Breached | Weakness::Guessable(_))));
        assert_eq!(check("correct horse battery staple"), Ok(()));
    }

    #[test]
    fn the_persons_own_words_do_not_count() {
        for own in ["ada.lovelace@example.com", "Ada Lovelace", "enchantress1", "Acme Console"] {
            assert!(matches!(check(own), Err(Weakness::Guessable(_))), "{own}");
        }
    }
}
