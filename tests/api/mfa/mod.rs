//! `/api/auth/mfa` and the second step of a sign-in.

mod enrolment;
mod passkey_algorithms;
mod passkey_json;
mod passkey_sign_in;
mod passkeys;
mod policy;
mod recovery_codes;
mod removal;
mod second_step;
mod step_up;

/// The one person of these tests.
const ADA: &str = "ada@example.com";
