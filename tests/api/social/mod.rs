//! Signing in by a provider.

mod accounts;
mod budgets;
mod challenge;
mod configured;
mod connect;
mod direct;
mod linking;
mod mails;
mod newcomers;
mod redirect;
