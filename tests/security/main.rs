//! Attacks, each named after what it tries.

mod bad_input;
mod browsers;
mod confusion;
mod deletion;
mod devices;
mod email_change;
mod enumeration;
mod fail_closed;
mod faults;
mod guessing;
mod idempotency;
mod leaks;
mod logs;
mod own_data;
mod passkeys;
mod password_reset;
mod path_tricks;
mod refresh_machine;
mod reports;
mod second_factors;
mod secrets;
mod sessions;
mod sources;
mod takeover;
mod targets;
mod tokens;
