//! What is counted of accounts, and of the codes and links that are mailed to their addresses.

use latchkey_kernel::metrics;

metrics! {
    /// An account came into being.
    ACCOUNT_CREATED = "AccountCreated",
    /// A code was wrong: from a mail, of an authenticator app, or for recovery; or a link was. Over all accounts.
    CODE_WRONG = "CodeWrong",
}
