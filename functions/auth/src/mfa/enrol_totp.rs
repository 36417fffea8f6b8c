//! `POST /api/auth/mfa/totp`

use axum::extract::{Request, State};
use latchkey_identity::app::App;
use latchkey_identity::mfa::Enroller;
use latchkey_identity::mfa::totp::enrol::{EnrolError, enrol};
use latchkey_identity::sessions::codes::{DELETION_PENDING, STEP_UP_REQUIRED, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::step_up;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::enroller::{MayCarryToken, enroller};

/// Who enrols, if it is not a person who is signed in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnrolTotpBody {
    /// The token of a sign-in that was answered with `mfa_enrolment_required`.
    mfa_token: Option<String>,
}

impl MayCarryToken for EnrolTotpBody {
    fn mfa_token(&self) -> Option<&str> {
        self.mfa_token.as_deref()
    }
}

/// A secret for an authenticator app, which is shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct EnrolTotpAnswer {
    /// The secret in base32, for typing it into an app.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    secret: String,
    /// The same as a URI, for an app on this device.
    #[schema(example = "otpauth://totp/Acme:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme")]
    otpauth_uri: String,
    /// The URI as a QR code, for an app on another device: an SVG picture.
    qr_code: String,
    /// Until when one of its codes must be shown.
    expires_at: Timestamp,
}

problems!(EnrolTotpProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, STEP_UP_REQUIRED);

/// Enrol an authenticator app
///
/// Answers with a secret, which is no factor before `POST /api/auth/mfa/totp/confirm` has seen one of its codes; an app
/// that is enrolled already stays good until then. Who is signed in must have shown the highest that the account has in the
/// last five minutes. Who is not sends the `mfa_token` of `mfa_enrolment_required`.
#[utoipa::path(
    post, path = "/api/auth/mfa/totp", tag = "mfa", operation_id = "enrol_totp",
    security(("bearer" = [])),
    request_body = Option<EnrolTotpBody>,
    responses((status = 200, description = "The secret.", body = EnrolTotpAnswer), EnrolTotpProblems),
)]
pub(crate) async fn enrol_totp(
    State(app): State<App>,
    client: Client,
    request: Request,
) -> Result<Json<EnrolTotpAnswer>, Problem> {
    let (enroller, EnrolTotpBody { .. }, _) = enroller(&app, &client, request).await?;
    if let Enroller::SignedIn(signed_in) = &enroller {
        step_up::require(signed_in, client.now)?;
    }
    let new = enrol(&app, &client, &enroller).await.map_err(problem)?;
    Ok(Json(EnrolTotpAnswer {
        secret: new.secret.to_string(),
        otpauth_uri: new.uri.to_string(),
        qr_code: new.qr_code.to_string(),
        expires_at: new.expires_at,
    }))
}

fn problem(error: EnrolError) -> Problem {
    match error {
        EnrolError::Refused(refused) => refused.into(),
        EnrolError::TooLong => Problem::internal(error),
        EnrolError::Failed(fault) => fault.into(),
    }
}
