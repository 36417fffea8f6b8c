//! Which passwords may be set (NIST SP 800-63B, section 3.1.1.2; OWASP ASVS 6.2): length, a list of breached ones,
//! and an estimate of the guesses that it takes. No rules about kinds of characters, no expiry.

use zxcvbn::Score;

use super::breached_passwords::is_breached;
use super::config::PasswordLengths;
use super::{EmailAddress, Name, Password, Username};
use latchkey_kernel::config::{AppName, Section};

/// The rule for passwords, applied on every path that sets one.
#[derive(Debug, Clone)]
pub struct PasswordPolicy {
    lengths: Section<PasswordLengths>,
    app_name: Section<AppName>,
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

impl Weakness {
    /// Stable words for what is wrong, each with the same for people.
    pub fn reasons(self) -> Vec<(&'static str, String)> {
        match self {
            Self::TooShort(least) => vec![("too_short", format!("A password has at least {least} characters."))],
            Self::Breached => {
                vec![("breached", "This password is known from breaches or very common.".to_owned())]
            }
            Self::Guessable(reasons) => reasons.into_iter().map(|detail| ("guessable", detail)).collect(),
        }
    }
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
    /// Whether signing in needs a second factor besides.
    pub has_factor: bool,
}

impl PasswordPolicy {
    /// A policy with these lengths; the application's name is a word to guess by, too.
    pub fn new(lengths: Section<PasswordLengths>, app_name: Section<AppName>) -> Self {
        Self { lengths, app_name }
    }

    /// Whether a password must be longer where it is the only factor.
    pub fn asks_more_alone(&self) -> bool {
        self.lengths.least_alone > self.lengths.least
    }

    /// The rule in words, for a form that asks for a new password.
    pub fn rule(&self) -> String {
        let PasswordLengths { least, least_alone } = *self.lengths;
        let length = if self.asks_more_alone() {
            format!("At least {least_alone} characters, or {least} if your account has a second factor,")
        } else {
            format!("At least {least} characters,")
        };
        format!("{length} and not easy to guess. Four words that do not belong together make a good one.")
    }

    /// Whether a password is long enough for an account with or without a second factor.
    pub fn check_length(&self, password: &Password, has_factor: bool) -> Result<(), Weakness> {
        let least = if has_factor { self.lengths.least } else { self.lengths.least_alone };
        if password.expose().chars().count() < least { Err(Weakness::TooShort(least)) } else { Ok(()) }
    }

    /// Whether `owner` may have this password. The estimate runs on the blocking pool: it takes milliseconds.
    pub async fn check(&self, password: &Password, owner: &Owner<'_>) -> Result<(), Weakness> {
        self.check_length(password, owner.has_factor)?;
        if is_breached(password.expose()) {
            return Err(Weakness::Breached);
        }
        let (password, words) = (password.clone(), self.words_of(owner));
        let estimate = tokio::task::spawn_blocking(move || estimate(&password, &words)).await;
        // A dead thread has judged nothing, and what was not judged is not admitted.
        estimate.unwrap_or_else(|_| Err(Weakness::Guessable(vec![UNEXPLAINED.to_owned()])))
    }

    /// The words that a guesser would begin with.
    fn words_of(&self, owner: &Owner<'_>) -> Vec<String> {
        let mut words: Vec<String> = owner.name.as_str().split_whitespace().map(str::to_owned).collect();
        words.push(words.concat());
        let email = owner.email;
        let own =
            [self.app_name.as_str(), email.as_str(), &email.normalised(), email.local_part(), owner.name.as_str()];
        words.extend(own.map(str::to_owned));
        words.extend(owner.username.map(|username| username.as_str().to_owned()));
        words
    }
}

/// How many characters are estimated. A strong beginning makes a strong password, and the time that the estimator
/// takes grows with more than the square of the length: seconds, for the longest.
const ESTIMATED: usize = 32;

/// What is said where the estimator gives no reason.
const UNEXPLAINED: &str = "It takes too few guesses; add another word or two.";

fn estimate(password: &Password, words: &[String]) -> Result<(), Weakness> {
    let beginning: String = password.expose().chars().take(ESTIMATED).collect();
    // A word that is longer than what is estimated could not be found in it.
    let words: Vec<String> = words.iter().map(|word| word.chars().take(ESTIMATED).collect()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let estimate = zxcvbn::zxcvbn(&beginning, &words);
    if estimate.score() >= Score::Three {
        return Ok(());
    }
    let feedback = estimate.feedback();
    let warning = feedback.and_then(zxcvbn::feedback::Feedback::warning).map(|warning| warning.to_string());
    let suggestions = feedback.map(zxcvbn::feedback::Feedback::suggestions).unwrap_or_default();
    let mut reasons: Vec<String> = warning.into_iter().chain(suggestions.iter().map(ToString::to_string)).collect();
    if reasons.is_empty() {
        reasons.push(UNEXPLAINED.to_owned());
    }
    Err(Weakness::Guessable(reasons))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(least: usize, least_alone: usize, app_name: &str) -> PasswordPolicy {
        let lengths = Section::holding(PasswordLengths::new(least, least_alone));
        PasswordPolicy::new(lengths, Section::holding(AppName::parse(app_name).unwrap()))
    }

    async fn check(password: &str) -> Result<(), Weakness> {
        let email = EmailAddress::parse("ada.lovelace@example.com").unwrap();
        let name = Name::parse("Ada Lovelace").unwrap();
        let username = Username::parse("enchantress").unwrap();
        let owner = Owner { email: &email, name: &name, username: Some(&username), has_factor: false };
        policy(8, 8, "Acme Console").check(&Password::parse(password).unwrap(), &owner).await
    }

    #[tokio::test]
    async fn short_breached_and_guessable_passwords_are_told_apart() {
        assert_eq!(check("a8!k").await, Err(Weakness::TooShort(8)));
        assert_eq!(check("password123").await, Err(Weakness::Breached));
        assert_eq!(check("PassWord123").await, Err(Weakness::Breached));
        assert!(matches!(check("aaaaaaaaaaaaaaaa").await, Err(Weakness::Breached | Weakness::Guessable(_))));
        assert_eq!(check("correct horse battery staple").await, Ok(()));
    }

    #[test]
    fn a_password_that_stands_alone_may_have_to_be_longer() {
        let eleven = Password::parse("a8!kQx9-m2z").unwrap();
        let strict = policy(8, 12, "Acme");
        assert_eq!(strict.check_length(&eleven, false), Err(Weakness::TooShort(12)));
        assert_eq!(strict.check_length(&eleven, true), Ok(()));
        let plain = policy(12, 8, "Acme");
        assert_eq!(plain.check_length(&eleven, true), Err(Weakness::TooShort(12)), "a factor asks for no more");
    }

    #[test]
    fn the_rule_in_words_has_the_lengths_of_the_policy() {
        let rule = |least, alone| policy(least, alone, "Acme").rule();
        assert!(rule(8, 8).starts_with("At least 8 characters, and not easy"), "{}", rule(8, 8));
        assert!(rule(8, 15).starts_with("At least 15 characters, or 8 if your account has"), "{}", rule(8, 15));
    }

    #[tokio::test]
    async fn the_persons_own_words_do_not_count() {
        for own in ["ada.lovelace@example.com", "Ada Lovelace", "enchantress1", "Acme Console"] {
            assert!(matches!(check(own).await, Err(Weakness::Guessable(_))), "{own}");
        }
    }

    #[tokio::test]
    async fn a_long_address_of_the_persons_own_does_not_count_either() {
        let address = "grace.hopper@compilers-and-languages.example.org";
        let (email, name) = (EmailAddress::parse(address).unwrap(), Name::parse("Grace").unwrap());
        let owner = Owner { email: &email, name: &name, username: None, has_factor: false };
        let verdict = policy(8, 8, "Acme").check(&Password::parse(address).unwrap(), &owner).await;
        assert!(matches!(verdict, Err(Weakness::Guessable(_))), "{verdict:?}");
    }

    #[tokio::test]
    async fn a_long_password_is_judged_by_its_beginning() {
        assert!(matches!(check(&"aB1!".repeat(32)).await, Err(Weakness::Guessable(_))));
        assert_eq!(check(&format!("correct horse battery staple {}", "4@8({[‹369".repeat(9))).await, Ok(()));
    }
}
