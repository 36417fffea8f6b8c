//! Whether the tables are there and protected as the template says.

use aws_sdk_dynamodb::types::{ContinuousBackupsStatus, PointInTimeRecoveryStatus, TableStatus, TimeToLiveStatus};

use super::{Finding, broken, good, notice};
use crate::deployment::Deployment;

pub(super) async fn examine(deployment: &Deployment) -> Vec<Finding> {
    let tables = &deployment.config.process.tables;
    let mut findings = Vec::new();
    for (name, holds_people) in [(&tables.main, true), (&tables.ephemeral, false)] {
        findings.push(state(deployment, name).await);
        findings.push(forgets(deployment, name).await);
        if holds_people && deployment.on_aws {
            findings.push(can_be_restored(deployment, name).await);
        }
    }
    findings
}

async fn state(deployment: &Deployment, name: &str) -> Finding {
    let description = match deployment.dynamodb.describe_table().table_name(name).send().await {
        Ok(answer) => answer.table,
        Err(error) => {
            let cause = error.into_service_error();
            return broken(format!("{name} cannot be read: {}", cause.meta().message().unwrap_or("no answer")));
        }
    };
    let Some(table) = description else { return broken(format!("there is no table {name}")) };
    if table.table_status() != Some(&TableStatus::Active) {
        return broken(format!("{name} is not active yet; wait for the deployment to end"));
    }
    if deployment.on_aws && table.deletion_protection_enabled() != Some(true) {
        return broken(format!("{name} can be deleted by one call; deploy the template again"));
    }
    good(format!("{name} is active"))
}

async fn forgets(deployment: &Deployment, name: &str) -> Finding {
    let answer = deployment.dynamodb.describe_time_to_live().table_name(name).send().await;
    match answer.ok().and_then(|answer| answer.time_to_live_description) {
        Some(ttl)
            if matches!(ttl.time_to_live_status(), Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)) =>
        {
            good(format!("{name} forgets what has expired"))
        }
        Some(_) => broken(format!("{name} forgets nothing (TTL is off); deploy the template again")),
        None => notice(format!("whether {name} forgets what has expired could not be read")),
    }
}

async fn can_be_restored(deployment: &Deployment, name: &str) -> Finding {
    let answer = deployment.dynamodb.describe_continuous_backups().table_name(name).send().await;
    let backups = answer.ok().and_then(|answer| answer.continuous_backups_description);
    let on = backups.is_some_and(|backups| {
        backups.continuous_backups_status() == &ContinuousBackupsStatus::Enabled
            && backups
                .point_in_time_recovery_description()
                .and_then(|recovery| recovery.point_in_time_recovery_status())
                == Some(&PointInTimeRecoveryStatus::Enabled)
    });
    if on {
        good(format!("{name} can be restored to any moment of the last 35 days"))
    } else {
        broken(format!("{name} has no point-in-time recovery; deploy the template again"))
    }
}
