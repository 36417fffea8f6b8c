//! The logical ids of routes, made from their paths.
//!
//! To CloudFormation a route with another id is a new one. It cannot create it while the old one has the same key, so the
//! update of a deployed stack would fail: ids that were given by hand are kept.

/// The ids that the rule does not make.
const GIVEN: &[(&str, &str)] = &[
    ("$default", "DefaultRoute"),
    ("ANY /.well-known/change-password", "ChangePasswordPageRoute"),
    ("ANY /.well-known/openid-configuration", "DiscoveryRoute"),
    ("ANY /api/auth/data-export/download/{proxy+}", "DownloadRoute"),
    ("ANY /api/auth/sessions/{proxy+}", "SessionRoute"),
    ("ANY /api/auth/social/{proxy+}", "SocialRoute"),
    ("ANY /api/oauth/{proxy+}", "OAuthRoute"),
    ("ANY /password-changed", "PasswordChangedPageRoute"),
    ("ANY /reset-password", "ResetPasswordPageRoute"),
];

/// What most paths begin with, the longer first.
const BEGINNINGS: &[&str] = &["/api/auth/", "/api/", "/.well-known/", "/"];

/// The logical id of the route with this key: the words of its path behind where most paths begin.
pub(crate) fn logical_id(key: &str) -> String {
    if let Some((_, id)) = GIVEN.iter().find(|(given, _)| *given == key) {
        return (*id).to_owned();
    }
    let path = key.strip_prefix("ANY ").unwrap_or(key);
    let path = BEGINNINGS.iter().find_map(|beginning| path.strip_prefix(beginning)).unwrap_or(path);
    let path = path.strip_suffix(".json").unwrap_or(path);
    let path = path.replace("{proxy+}", "children");
    let words = path.split(|c: char| !c.is_ascii_alphanumeric());
    words.map(capitalized).collect::<String>() + "Route"
}

/// A word with a capital at its beginning.
pub(crate) fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::logical_id;

    #[test]
    fn an_id_is_made_of_the_words_of_the_path() {
        assert_eq!(logical_id("ANY /api/auth/data-requests"), "DataRequestsRoute");
        assert_eq!(logical_id("ANY /api/auth/mfa/totp/confirm"), "MfaTotpConfirmRoute");
        assert_eq!(logical_id("ANY /api/users/{proxy+}"), "UsersChildrenRoute");
        assert_eq!(logical_id("ANY /.well-known/jwks.json"), "JwksRoute");
        assert_eq!(logical_id("ANY /end-session"), "EndSessionRoute");
        assert_eq!(logical_id("ANY /api/admin/licences/{proxy+}"), "AdminLicencesChildrenRoute");
    }

    #[test]
    fn an_id_that_was_given_is_kept() {
        assert_eq!(logical_id("$default"), "DefaultRoute");
        assert_eq!(logical_id("ANY /api/auth/sessions/{proxy+}"), "SessionRoute");
        assert_eq!(logical_id("ANY /.well-known/openid-configuration"), "DiscoveryRoute");
    }
}
