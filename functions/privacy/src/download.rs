//! `GET /api/auth/data-export/download/{token}`

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use latchkey_identity::app::App;
use latchkey_identity::privacy::export::download::{self, DownloadError};
use latchkey_kernel::http::Problem;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::NOT_FOUND;
use latchkey_kernel::problems;

problems!(DownloadProblems: NOT_FOUND);

/// Download an export
///
/// What the mailed link leads to: no sign-in is needed, whoever has the link has the file. Leads on to an address of the
/// bucket that serves the ZIP for five minutes. Links that are unknown, expired or of an erased export are not told apart.
#[utoipa::path(
    get, path = "/api/auth/data-export/download/{token}", tag = "privacy", operation_id = "download_export",
    params(("token" = String, Path, description = "The token of the mailed link.")),
    responses(
        (status = 303, description = "The file is there.", headers(("Location" = String, description = "Where."))),
        DownloadProblems,
    ),
)]
pub(crate) async fn download(
    State(app): State<App>,
    client: Client,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let address = download::download(&app, &client, &token).await.map_err(problem)?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response())
}

fn problem(error: DownloadError) -> Problem {
    match error {
        DownloadError::Refused(refused) => refused.into(),
        DownloadError::NotFound => Problem::new(NOT_FOUND),
        DownloadError::Failed(fault) => fault.into(),
    }
}
