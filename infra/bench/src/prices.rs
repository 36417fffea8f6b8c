//! The public list prices that costs are computed with: us-east-1, in dollars, without free tiers, as AWS published
//! them in November 2026. Another region or year is a change of this file.

/// Where and when these are the prices.
pub(crate) const STATED: &str = "us-east-1, November 2026, without free tiers";

/// API Gateway, HTTP API: a million requests (of up to 512 KB).
pub(crate) const API_PER_MILLION: f64 = 1.00;

/// Lambda on arm64: a million requests.
pub(crate) const LAMBDA_PER_MILLION: f64 = 0.20;

/// Lambda on arm64: a gigabyte for a second.
pub(crate) const LAMBDA_PER_GB_SECOND: f64 = 0.000_013_333_4;

/// DynamoDB on demand: a million read units (4 KB read consistently).
pub(crate) const READ_UNITS_PER_MILLION: f64 = 0.125;

/// DynamoDB on demand: a million write units (1 KB; transactions take two per KB).
pub(crate) const WRITE_UNITS_PER_MILLION: f64 = 0.625;

/// SES: a million mails.
pub(crate) const MAILS_PER_MILLION: f64 = 100.00;

/// The memory at which Lambda gives one whole virtual processor. Less memory is proportionally less processor.
pub(crate) const MB_PER_PROCESSOR: f64 = 1769.0;
