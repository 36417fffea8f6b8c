//! Usernames that nobody can take: those that others would read as the operator's own.

use std::collections::BTreeSet;

use super::Username;

/// What every operator would reserve: roles, mailboxes (RFC 2142), and paths that a front end may put beside usernames.
const LIST: &str = include_str!("reserved_usernames.txt");

/// The usernames that cannot be taken. An account that had one before it was reserved keeps it.
#[derive(Debug, Clone, Default)]
pub struct ReservedUsernames(BTreeSet<String>);

impl ReservedUsernames {
    /// Those of the list, the application's name, and those that the operator adds.
    pub(crate) fn new<'a>(app_name: &str, added: impl Iterator<Item = &'a str>) -> Self {
        let listed = LIST.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        // The name of an application has blanks where a username has other separators, or none.
        let app_name = app_name.split_whitespace().collect::<String>();
        let names = listed.chain(added).map(str::to_owned).chain([app_name]);
        Self(names.filter_map(|name| Username::parse(&name).ok()).map(|name| plain(&name)).collect())
    }

    /// Whether nobody can take this one.
    pub fn holds(&self, username: &Username) -> bool {
        self.0.contains(&plain(username))
    }
}

/// A username without what makes no other name for a reader: its case and its separators.
fn plain(username: &Username) -> String {
    username.folded().replace(['_', '.', '-'], "")
}
