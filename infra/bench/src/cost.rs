//! (c) What a million calls cost: gateway, Lambda and DynamoDB, with warm functions.
//!
//! ```text
//! billed ms = processor ms / min(1, memory MB / 1769) + 5 ms x requests to DynamoDB, rounded up
//! $ per million = 1.00 + 0.20 + memory GB x billed ms x 0.0133334 + 0.125 x read units + 0.625 x write units
//! ```
//!
//! The numbers are those of `prices.rs`. Two things are assumed: that a processor of this machine does as much as one
//! of Lambda's, and that DynamoDB answers in five milliseconds, one request after the other, although some are made
//! together.

use serde::Serialize;

use crate::inventory::{MAIL, REDRIVE};
use crate::prices;
use crate::store::Units;

/// How long DynamoDB is taken to need for an answer.
pub(crate) const STORE_ROUND_TRIP_MS: f64 = 5.0;

/// What one call takes, and what a million of them cost.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Cost {
    pub(crate) operation: String,
    pub(crate) route: String,
    pub(crate) function: String,
    pub(crate) memory_mb: u64,
    pub(crate) units: Units,
    pub(crate) cpu_ms: f64,
    pub(crate) billed_ms: f64,
    pub(crate) dollars_per_million: f64,
}

/// How a call reaches its function, and what it pays for besides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Way {
    /// Through the gateway.
    Gateway,
    /// By the stream or the schedule.
    Worker,
    /// By the stream, and a mail goes out.
    Mail,
}

impl Way {
    /// The way of an operation, or of a worker.
    pub(crate) fn of(operation: &str) -> Self {
        match operation {
            MAIL => Self::Mail,
            REDRIVE => Self::Worker,
            _ => Self::Gateway,
        }
    }

    fn dollars_per_million(self) -> f64 {
        match self {
            Self::Gateway => prices::API_PER_MILLION,
            Self::Worker => 0.0,
            Self::Mail => prices::MAILS_PER_MILLION,
        }
    }
}

/// The milliseconds that Lambda bills.
pub(crate) fn billed_ms(cpu_ms: f64, memory_mb: f64, calls: u32) -> f64 {
    let share = (memory_mb / prices::MB_PER_PROCESSOR).min(1.0);
    (cpu_ms / share + STORE_ROUND_TRIP_MS * f64::from(calls)).ceil()
}

/// The dollars of a million calls.
pub(crate) fn dollars_per_million(way: Way, memory_mb: f64, billed_ms: f64, units: Units) -> f64 {
    let gb_seconds = memory_mb / 1024.0 * billed_ms / 1e3;
    way.dollars_per_million()
        + prices::LAMBDA_PER_MILLION
        + gb_seconds * prices::LAMBDA_PER_GB_SECOND * 1e6
        + units.dollars()
}

impl Units {
    /// The dollars of a million times so many units.
    pub(crate) fn dollars(self) -> f64 {
        self.read * prices::READ_UNITS_PER_MILLION + self.write * prices::WRITE_UNITS_PER_MILLION
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(one: f64, other: f64) -> bool {
        (one - other).abs() < 0.005
    }

    #[test]
    fn a_sign_in_of_75_ms_with_three_reads_and_three_writes_costs_five_dollars_and_eighteen() {
        let units = Units { calls: 3, read: 3.0, write: 3.0 };
        // 1.00 + 0.20 + 1.728 GB x 0.075 s x 13.3334 + 0.375 + 1.875
        assert!(close(dollars_per_million(Way::Gateway, 1769.0, 75.0, units), 5.178));
    }

    #[test]
    fn a_call_that_asks_the_store_nothing_costs_gateway_and_lambda_alone() {
        assert!(close(dollars_per_million(Way::Gateway, 1024.0, 1.0, Units::default()), 1.2133));
        assert!(close(dollars_per_million(Way::Worker, 1024.0, 1.0, Units::default()), 0.2133));
        assert!(close(dollars_per_million(Way::Mail, 1024.0, 1.0, Units::default()), 100.2133));
    }

    #[test]
    fn less_memory_is_less_processor_and_more_of_it_is_not_more() {
        assert!(close(billed_ms(10.0, 1769.0, 0), 10.0));
        assert!(close(billed_ms(10.0, 884.5, 0), 20.0));
        assert!(close(billed_ms(10.0, 3538.0, 0), 10.0));
        assert!(close(billed_ms(10.2, 1769.0, 2), 21.0));
    }
}
