//! The bucket, asked through the SDK's client: what it is tried again for, what it takes for missing, what it deletes.

use std::time::Duration;

use latchkey_kernel::bucket::{Bucket, BucketError};
use latchkey_tests::{BucketFault, Shelf};

const KEY: &str = "user_exports/ada";
/// A key that begins like the other.
const LONGER: &str = "user_exports/ada.zip";
/// The smallest part that S3 takes.
const PART: usize = 5 * 1024 * 1024;

/// The operation and the code of a refusal.
fn refusal<T: std::fmt::Debug>(result: Result<T, BucketError>) -> (&'static str, String) {
    let Err(BucketError::Failed { operation, code, .. }) = result else { panic!("not refused: {result:?}") };
    (operation, code)
}

async fn link(bucket: &Bucket) -> String {
    bucket.link(KEY, "data.zip", "application/zip", Duration::from_mins(5)).await.unwrap()
}

async fn upload(bucket: &Bucket, key: &str, parts: &[Vec<u8>]) -> Result<(), BucketError> {
    let mut sink = bucket.begin_upload(key, "application/zip").await?.sink();
    for part in parts {
        sink.take(part.clone()).await?;
    }
    sink.end().await
}

#[tokio::test]
async fn a_request_that_breaks_off_is_made_again_and_the_upload_goes_on() {
    let parts = [vec![1; PART], vec![2; PART], b"the rest".to_vec()];
    // Begun, listed, three parts, completed.
    for nth in 0..6 {
        for fault in [BucketFault::Busy, BucketFault::Reset] {
            let shelf = Shelf::default();
            shelf.fail(nth, fault);
            upload(&shelf.bucket("exporter"), KEY, &parts).await.unwrap();
            assert!(shelf.get(KEY).unwrap().0 == parts.concat(), "{fault:?} at {nth}");
            assert_eq!((shelf.begun_uploads(), shelf.open_uploads()), (1, 0), "{fault:?} at {nth}");
        }
    }
}

#[tokio::test]
async fn an_upload_whose_beginning_was_not_heard_of_is_aborted() {
    let shelf = Shelf::default();
    shelf.fail(0, BucketFault::LostAnswer);
    upload(&shelf.bucket("exporter"), KEY, &[b"all".to_vec()]).await.unwrap();
    assert_eq!((shelf.begun_uploads(), shelf.open_uploads()), (2, 0));
}

#[tokio::test]
async fn a_part_that_fails_at_every_try_is_a_failure() {
    for fault in [BucketFault::Busy, BucketFault::Reset, BucketFault::LostAnswer] {
        let shelf = Shelf::default();
        shelf.fail_for_good(2, fault);
        assert!(upload(&shelf.bucket("exporter"), KEY, &[b"all".to_vec()]).await.is_err(), "{fault:?}");
        assert!(shelf.versions().is_empty());
    }
}

#[tokio::test]
async fn aborting_takes_every_upload_of_a_key_and_none_of_a_longer_one() {
    let shelf = Shelf::default();
    let bucket = shelf.bucket("exporter");
    let longer = bucket.begin_upload(LONGER, "application/zip").await.unwrap();
    // Beginning aborts what was begun before, so others begin at the same time.
    let begun = (0..5).map(|_| async { shelf.bucket("exporter").begin_upload(KEY, "application/zip").await });
    let _ = futures_util::future::join_all(begun).await;
    bucket.abort_uploads(KEY).await.unwrap();
    assert_eq!(shelf.open_uploads(), 1);
    longer.abort().await.unwrap();
    longer.abort().await.unwrap();
    assert_eq!(shelf.open_uploads(), 0);
}

#[tokio::test]
async fn forgetting_takes_every_version_of_a_key_and_none_of_a_longer_one() {
    let shelf = Shelf::default();
    for version in 0..7 {
        shelf.put(KEY, &[version]);
        shelf.put(LONGER, &[version]);
    }
    shelf.bucket("scheduler").forget(KEY).await.unwrap();
    assert_eq!(shelf.versions(), [LONGER; 7]);
    shelf.bucket("scheduler").forget(KEY).await.unwrap();
}

#[tokio::test]
async fn a_version_that_was_not_deleted_is_an_error_though_the_answer_says_ok() {
    let shelf = Shelf::default();
    shelf.put(KEY, b"all");
    shelf.keep(KEY);
    let refused = refusal(shelf.bucket("scheduler").forget(KEY).await);
    assert_eq!(refused, ("DeleteObjects", "AccessDenied".to_owned()));
}

#[tokio::test]
async fn what_is_refused_is_not_taken_for_missing() {
    let shelf = Shelf::default();
    let bucket = shelf.bucket("scheduler");
    assert_eq!(bucket.find(KEY).await, Ok(None));
    shelf.put(KEY, b"all");
    shelf.refuse(Some(403));
    assert_eq!(refusal(bucket.find(KEY).await), ("HeadObject", "403".to_owned()));
    shelf.refuse(None);
    assert!(bucket.find(KEY).await.unwrap().is_some());
}

#[tokio::test]
async fn who_signs_with_another_key_is_refused_everything() {
    let shelf = Shelf::default();
    shelf.put(KEY, b"all");
    let stranger = shelf.bucket_of_a_stranger();
    assert_eq!(refusal(stranger.find(KEY).await).0, "HeadObject");
    let wrong = |operation| (operation, "SignatureDoesNotMatch".to_owned());
    assert_eq!(refusal(stranger.write(KEY, (&b"x"[..]).into(), "abcd").await), wrong("PutObject"));
    assert_eq!(refusal(stranger.forget(KEY).await), wrong("ListObjectVersions"));
    assert_eq!(refusal(upload(&stranger, KEY, &[]).await), wrong("CreateMultipartUpload"));
    assert_eq!(shelf.follow("stranger", &link(&stranger).await).await, Err(403));
    assert_eq!(shelf.get(KEY).unwrap().0, b"all");
}

#[tokio::test]
async fn a_link_serves_one_file_as_it_says_and_nothing_that_was_changed_in_it() {
    let shelf = Shelf::default();
    shelf.put(KEY, b"all");
    shelf.put(LONGER, b"of another");
    let link = link(&shelf.bucket("privacy")).await;
    assert_eq!(shelf.follow("privacy", &link).await, Ok(("data.zip".to_owned(), b"all".to_vec())));
    assert!(link.contains("X-Amz-Expires=300&"), "{link}");
    for (what, other) in [
        ("/ada?", "/ada.zip?"),
        ("data.zip", "data.exe"),
        ("application%2Fzip", "text%2Fhtml"),
        ("X-Amz-Expires=300", "X-Amz-Expires=3000"),
    ] {
        let changed = link.replace(what, other);
        assert_ne!(changed, link, "{what} is not in it");
        assert_eq!(shelf.follow("privacy", &changed).await, Err(403), "{changed}");
    }
}
