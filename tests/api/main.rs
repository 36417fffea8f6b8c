//! Each endpoint and each worker by itself: what it is for, everything it can refuse, and what it costs.

mod account;
mod auth;
mod budgets;
mod client_keys;
mod deletion;
mod devices;
mod email_change;
mod email_change_mails;
mod idempotency;
mod leases;
mod limits;
mod mail_templates;
mod mailed_codes;
mod mails;
mod mfa;
mod names;
mod pages;
mod password_mails;
mod places;
mod profile;
mod reset_page;
mod security_log;
mod sessions;
mod step_up;
mod suspicious;
mod workers;
