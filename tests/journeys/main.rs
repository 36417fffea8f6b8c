//! Whole journeys, as people make them.

mod deletion;
mod devices;
mod email_change;
mod first_visit;
mod months;
mod passwords;
mod profile;
mod second_factors;
