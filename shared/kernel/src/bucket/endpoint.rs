//! Where S3 is, for the reader, which asks without the SDK's client: one table of AWS's partitions.
//!
//! The SDK decides it by rules that alone are larger than the reader. A test compares each region that the SDK knows.

/// What the regions of a partition begin with, and what its hosts end with. All other regions are of the partition `aws`.
const PARTITIONS: [(&str, &str); 7] = [
    ("cn-", "amazonaws.com.cn"),    // aws-cn
    ("eusc-", "amazonaws.eu"),      // aws-eusc
    ("us-gov-", "amazonaws.com"),   // aws-us-gov
    ("us-iso-", "c2s.ic.gov"),      // aws-iso
    ("us-isob-", "sc2s.sgov.gov"),  // aws-iso-b
    ("eu-isoe-", "cloud.adc-e.uk"), // aws-iso-e
    ("us-isof-", "csp.hci.ic.gov"), // aws-iso-f
];

/// The address of a bucket without a slash at the end. None in China with FIPS, of which there is none.
pub(super) fn address(bucket: &str, region: &str, fips: bool, dual_stack: bool) -> Option<String> {
    if fips && region.starts_with("cn-") {
        return None;
    }
    let suffix =
        PARTITIONS.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("amazonaws.com", |(_, end)| end);
    let service = if fips { "s3-fips" } else { "s3" };
    let dual_stack = if dual_stack { ".dualstack" } else { "" };
    let host = format!("{service}{dual_stack}.{region}.{suffix}");
    Some(if is_label(bucket) { format!("https://{bucket}.{host}") } else { format!("https://{host}/{bucket}") })
}

/// Whether a bucket's name can be a part of a host that S3's certificates cover: one with a dot cannot.
fn is_label(name: &str) -> bool {
    let fits = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    (3..=63).contains(&name.len()) && name.bytes().all(fits) && !name.starts_with('-') && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use aws_sdk_s3::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
    use serde_json::Value;

    use super::*;

    /// What the SDK's rules say.
    async fn of_the_sdk(bucket: &str, region: &str, fips: bool, dual_stack: bool) -> Option<String> {
        let asked = Params::builder().bucket(bucket).region(region).use_fips(fips).use_dual_stack(dual_stack);
        let found = DefaultResolver::new().resolve_endpoint(&asked.build().unwrap()).await;
        found.ok().map(|endpoint| endpoint.url().to_owned())
    }

    /// The SDK's own table of partitions, as it lies in the sources that are linked: it is public in no other form.
    fn partitions() -> Vec<Value> {
        // Of this machine's platform alone: what others need was never downloaded.
        let about = Command::new("rustc").arg("-vV").output().unwrap();
        let about = String::from_utf8(about.stdout).unwrap();
        let host = about.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", host]);
        let told = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        let told: Value = serde_json::from_slice(&told.stdout).unwrap();
        let package = told["packages"].as_array().unwrap().iter().find(|one| one["name"] == "aws-sdk-s3").unwrap();
        let source: PathBuf =
            Path::new(package["manifest_path"].as_str().unwrap()).with_file_name("src/endpoint_lib.rs");
        let source = std::fs::read_to_string(source).unwrap();
        let (_, literal) = source.split_once("new_from_json(b\"{").unwrap();
        let (literal, _) = literal.split_once("\").expect").unwrap();
        let table = format!("{{{}", literal.replace("\\\"", "\"").replace("\\\\", "\\"));
        serde_json::from_str::<Value>(&table).unwrap()["partitions"].as_array().unwrap().clone()
    }

    #[tokio::test]
    async fn each_region_of_each_partition_has_the_endpoint_that_the_sdk_would_ask() {
        let partitions = partitions();
        assert!(partitions.len() >= 8, "{partitions:?}");
        let mut compared = 0;
        for partition in &partitions {
            let regions = partition["regions"].as_object().unwrap().keys();
            // The pseudo-region of services that have no regions holds no bucket.
            for region in regions.filter(|region| !region.ends_with("-global")) {
                // One that AWS may open tomorrow as well: the SDK knows partitions by what their regions begin with.
                let (begin, _) = region.rsplit_once('-').unwrap();
                for region in [region.clone(), format!("{begin}-9")] {
                    for (fips, dual_stack) in [(false, false), (true, false), (false, true), (true, true)] {
                        for bucket in ["latchkey-bucket-1x2y3z", "a.name.with.dots", "Capital", "ab", "-ab-", "a_b_c"] {
                            let expected = of_the_sdk(bucket, &region, fips, dual_stack).await;
                            let found = address(bucket, &region, fips, dual_stack);
                            assert_eq!(found, expected, "{bucket} in {region}, FIPS {fips}, dual stack {dual_stack}");
                            compared += 1;
                        }
                    }
                }
            }
        }
        assert!(compared > 40 * 2 * 4 * 6, "only {compared}");
    }
}
