//! Facebook, by its documents of the manual flow, of `debug_token` and of batches. Its people have `id`, `name`, `email`.

use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use aws_smithy_types::body::SdkBody;
use http::Response;
use serde_json::{Value, json};

use super::openid::query;
use super::{CLIENT_ID, CLIENT_SECRET, Inner, json_answer};

impl Inner {
    pub(super) fn facebook(&mut self, path: &str, form: &BTreeMap<String, String>) -> Response<SdkBody> {
        match path {
            "/v24.0/oauth/access_token" => {
                let ours = form["client_id"] == CLIENT_ID && form["client_secret"] == CLIENT_SECRET;
                match self.redeem(form).filter(|_| ours) {
                    Some(consent) => {
                        let token = self.access_token(&consent.person, CLIENT_ID);
                        json_answer(
                            200,
                            &json!({ "access_token": token, "token_type": "bearer", "expires_in": 5_183_999 }),
                        )
                    }
                    None => error("This authorization code has been used."),
                }
            }
            "/v24.0/" => {
                if form["access_token"] != format!("{CLIENT_ID}|{CLIENT_SECRET}") {
                    return error("Invalid OAuth access token signature.");
                }
                let batch: Vec<Value> = serde_json::from_str(&form["batch"]).unwrap();
                let parts: Vec<Value> = batch.iter().map(|part| self.part(part)).collect();
                json_answer(200, &json!(parts))
            }
            other => panic!("Facebook has no {other}"),
        }
    }

    fn part(&self, part: &Value) -> Value {
        assert_eq!(part["method"], "GET");
        let address = part["relative_url"].as_str().unwrap();
        let fields = query(address);
        let body = match address.split('?').next().unwrap() {
            "debug_token" => {
                let data = match self.tokens.get(&fields["input_token"]) {
                    Some((person, client)) => json!({
                        "app_id": client,
                        "type": "USER",
                        "is_valid": true,
                        "user_id": person["id"],
                        "expires_at": self.now() + 5_000_000,
                    }),
                    None => json!({ "is_valid": false, "error": { "message": "Malformed access token" } }),
                };
                json!({ "data": data })
            }
            "me" => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, CLIENT_SECRET.as_bytes());
                let tag = hmac::sign(&key, fields["access_token"].as_bytes());
                let proof = tag.as_ref().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
                let Some((person, _)) =
                    self.tokens.get(&fields["access_token"]).filter(|_| proof == fields["appsecret_proof"])
                else {
                    let error =
                        json!({ "error": { "message": "Invalid appsecret_proof provided in the API argument" } });
                    return json!({ "code": 400, "body": error.to_string() });
                };
                let mut me = person.clone();
                me["picture"] = json!({ "data": { "url": "https://platform-lookaside.fbsbx.com/p.jpg" } });
                me
            }
            other => panic!("Facebook has no {other}"),
        };
        json!({ "code": 200, "body": body.to_string() })
    }
}

fn error(message: &str) -> Response<SdkBody> {
    json_answer(400, &json!({ "error": { "message": message, "type": "OAuthException", "code": 100 } }))
}
