//! Whole journeys, as people make them.

mod deletion;
mod first_visit;
mod passwords;
mod profile;
