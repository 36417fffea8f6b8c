//! The local time: the machine's, plus what `/_local/clock` has added so far.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use crate::Failure;
use crate::state::StateFile;

/// A clock that can be moved, and is where it was after a restart.
#[derive(Debug)]
pub(crate) struct LocalClock {
    offset_seconds: AtomicI64,
    file: StateFile,
}

impl LocalClock {
    pub(crate) fn open(folder: &Path) -> Result<Self, Failure> {
        let file = StateFile::new(folder, "clock.json");
        Ok(Self { offset_seconds: AtomicI64::new(file.read()?), file })
    }

    /// The machine's time.
    #[expect(
        clippy::disallowed_methods,
        reason = "the local cloud plays the services whose clocks the functions trust"
    )]
    pub(crate) fn machine() -> Timestamp {
        // Milliseconds are what the gateway's `timeEpoch` carries.
        Timestamp::from_millisecond(Timestamp::now().as_millisecond()).unwrap_or(Timestamp::MAX)
    }

    /// The local time.
    pub(crate) fn now(&self) -> Timestamp {
        Self::machine().checked_add(self.offset()).unwrap_or(Timestamp::MAX)
    }

    /// How far the local time is ahead of the machine's.
    pub(crate) fn offset(&self) -> SignedDuration {
        SignedDuration::from_secs(self.offset_seconds.load(Ordering::Relaxed))
    }

    /// Moves the time on by a span of the calendar, such as `P15D`.
    pub(crate) fn advance(&self, span: &Span) -> Result<(), Failure> {
        let now = self.now();
        let then = now.to_zoned_datetime(TimeZone::UTC).checked_add(*span)?.timestamp();
        let moved = then.duration_since(now).as_secs();
        if moved < 0 {
            return Err("time only moves on: sessions and codes that were made later would be from the future".into());
        }
        self.offset_seconds.fetch_add(moved, Ordering::Relaxed);
        self.file.write(&self.offset().as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_only_moves_on_and_is_where_it_was_after_a_restart() {
        let folder = std::env::temp_dir().join(format!("latchkey-clock-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let clock = LocalClock::open(&folder).unwrap();
        clock.advance(&"P15D".parse().unwrap()).unwrap();
        clock.advance(&"PT90S".parse().unwrap()).unwrap();
        assert!(clock.advance(&"-P1D".parse().unwrap()).is_err());
        let again = LocalClock::open(&folder).unwrap();
        assert_eq!(again.offset(), SignedDuration::from_secs(15 * 86_400 + 90));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
