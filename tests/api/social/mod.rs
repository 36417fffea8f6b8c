//! Signing in by a provider.

mod accounts;
mod budgets;
mod connect;
mod direct;
mod linking;
mod mails;
mod redirect;
