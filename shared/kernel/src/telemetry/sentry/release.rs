//! What a report calls the code that failed.

/// The commit that `make build` was made from, with `-dirty` at its end where files differed from it.
pub(super) const COMMIT: Option<&str> = option_env!("LATCHKEY_COMMIT");

/// The name of a release. What was built otherwise, on a developer's machine, is a version in the making.
pub(super) fn name(commit: Option<&str>) -> String {
    match commit.filter(|commit| !commit.is_empty()) {
        Some(commit) => format!("latchkey@{commit}"),
        None => concat!("latchkey@", env!("CARGO_PKG_VERSION"), "-dev").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_a_commit_and_another_build_says_that_it_is_none() {
        let commit = "ad8e7df0c2b94f5b1fd2d6a1f3c4b5a697887766";
        assert_eq!(name(Some(commit)), format!("latchkey@{commit}"));
        for none in [None, Some("")] {
            assert_eq!(name(none), concat!("latchkey@", env!("CARGO_PKG_VERSION"), "-dev"));
        }
    }
}
