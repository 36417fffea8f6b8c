//! Whether SES may send: to anybody, and from our address.

use aws_sdk_sesv2::types::{EventDestination, EventType};

use super::{Finding, broken, good, notice};
use crate::deployment::Deployment;

pub(super) async fn examine(deployment: &Deployment) -> Vec<Finding> {
    if !deployment.on_aws {
        return vec![notice("not asked: this deployment does not run on AWS")];
    }
    vec![account(deployment).await, sender(deployment).await, configuration_set(deployment).await]
}

async fn account(deployment: &Deployment) -> Finding {
    let Ok(account) = deployment.ses.get_account().send().await else {
        return notice("SES could not be asked about the account");
    };
    if !account.sending_enabled() {
        return broken("SES has paused this account's mail; its console says why");
    }
    if !account.production_access_enabled() {
        return broken(
            "SES is in its sandbox: it sends to verified addresses only; ask for production access in its console",
        );
    }
    let quota = account.send_quota().map(aws_sdk_sesv2::types::SendQuota::max24_hour_send);
    good(format!("SES may send {} mails a day", quota.map_or("some".to_owned(), |quota| format!("{quota:.0}"))))
}

async fn sender(deployment: &Deployment) -> Finding {
    let from = &deployment.config.mail.from;
    let address = from.rsplit('<').next().unwrap_or(from).trim_end_matches('>').trim();
    let domain = address.rsplit('@').next().unwrap_or_default();
    // A verified domain may send for its subdomains, too.
    let parents = std::iter::successors(Some(domain), |domain| domain.split_once('.').map(|(_, parent)| parent));
    for identity in std::iter::once(address).chain(parents.filter(|parent| parent.contains('.'))) {
        match deployment.ses.get_email_identity().email_identity(identity).send().await {
            Ok(found) if found.verified_for_sending_status() => return good(format!("SES has verified {identity}")),
            Ok(_) => {}
            Err(error) => {
                let error = error.into_service_error();
                if !error.is_not_found_exception() {
                    let cause = error.meta().message().unwrap_or("no answer");
                    return notice(format!("SES could not be asked about {identity}: {cause}"));
                }
            }
        }
    }
    broken(format!(
        "SES has verified neither {address} nor {domain}; create the identity {domain} and set its DNS records"
    ))
}

async fn configuration_set(deployment: &Deployment) -> Finding {
    let Some(name) = &deployment.config.mail.configuration_set else {
        return notice("no configuration set: bounces and complaints are not heard of");
    };
    let answer = deployment.ses.get_configuration_set_event_destinations().configuration_set_name(name).send().await;
    let Ok(answer) = answer else {
        return broken(format!("the configuration set {name} cannot be read; deploy the template again"));
    };
    let told = answer.event_destinations().iter().filter(|destination| destination.enabled());
    let told: Vec<_> = told.flat_map(EventDestination::matching_event_types).collect();
    if [EventType::Bounce, EventType::Complaint].iter().all(|event| told.contains(&event)) {
        good(format!("bounces and complaints come back through {name}"))
    } else {
        broken(format!("nobody hears of bounces and complaints of {name}; deploy the template again"))
    }
}
