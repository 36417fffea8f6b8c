//! Those of passkeys.

use http::Method;
use serde_json::json;

use super::Ready;
use crate::account::Person;
use crate::app::TestApp;
use crate::passkeys::new_passkey;

pub(super) async fn passkeys(app: &TestApp, ada: &Person, operation: &str) -> Option<Ready> {
    const MINE: &str = "/api/auth/mfa/passkeys";
    match operation {
        "ask_for_passkey" => return Some(Ready::post("/api/auth/passkey/options", &json!({}))),
        "passkey_options" => return Some(Ready::post(&format!("{MINE}/options"), &json!({})).by(ada)),
        "enrol_passkey" => {
            let made = new_passkey().make(&app.passkey_options(ada).await).ok()?;
            return Some(Ready::post(MINE, &json!({ "passkey": made })).by(ada));
        }
        "passkeys" | "passkey" | "rename_passkey" | "remove_passkey" | "sign_in_by_passkey" => {}
        _ => return None,
    }
    let mut passkey = app.enrol_passkey(ada).await;
    let listed = ada.calling(app).get(MINE).await.success();
    let one = format!("{MINE}/{}", listed["items"][0]["id"].as_str()?);
    Some(match operation {
        "passkeys" => Ready::get(MINE).by(ada),
        "passkey" => Ready::get(&one).by(ada),
        "rename_passkey" => Ready::send_json(Method::PATCH, &one, &json!({ "name": "Phone" })).by(ada),
        "remove_passkey" => Ready::delete(&one).by(ada),
        _ => {
            let assertion = passkey.show(&app.sign_in_options().await).ok()?;
            Ready::post("/api/auth/passkey", &json!({ "assertion": assertion }))
        }
    })
}
