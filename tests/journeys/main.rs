//! Whole journeys, as people make them.

mod first_visit;
mod passwords;
mod profile;
