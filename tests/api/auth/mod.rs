//! The function `auth`.

mod change_password;
mod cookies;
mod discovery;
mod email_code;
mod finished_registrations;
mod health;
mod imported_passwords;
mod password_reset;
mod refresh;
mod register;
mod resend;
mod sign_in;
mod sign_out;
mod verify_email;
mod verify_token;
