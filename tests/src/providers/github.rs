//! GitHub, by its documents of OAuth apps and of the REST API. Its people have `id`, `login`, `name` and `emails`.

use std::collections::BTreeMap;

use aws_smithy_types::body::SdkBody;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Response;
use serde_json::{Value, json};

use super::{Asked, CLIENT_ID, CLIENT_SECRET, Inner, json_answer};

impl Inner {
    pub(super) fn github(
        &mut self,
        asked: &Asked,
        path: &str,
        form: &BTreeMap<String, String>,
        headers: &BTreeMap<String, String>,
    ) -> Response<SdkBody> {
        assert!(headers.get("user-agent").is_some_and(|agent| agent.starts_with("latchkey/")), "GitHub wants a name");
        match path {
            "/login/oauth/access_token" => {
                assert_eq!(headers["accept"], "application/json", "it would answer with a form");
                let ours = form["client_id"] == CLIENT_ID && form["client_secret"] == CLIENT_SECRET;
                let consent = self.redeem(form).filter(|_| ours);
                let body = match consent {
                    Some(consent) => {
                        let token = self.access_token(&consent.person, CLIENT_ID);
                        json!({ "access_token": token, "token_type": "bearer", "scope": "user:email" })
                    }
                    // With the status of a success, as GitHub does.
                    None => json!({ "error": "bad_verification_code", "error_description": "Incorrect or expired." }),
                };
                json_answer(200, &body)
            }
            "/user" => self.of_holder(headers, |person| {
                json!({
                    "id": person["id"],
                    "login": person["login"],
                    "name": person["name"],
                    "email": "whatever-the-profile-says@example.com",
                    "avatar_url": "https://avatars.githubusercontent.com/u/1",
                    "html_url": format!("https://github.com/{}", person["login"].as_str().unwrap_or_default()),
                })
            }),
            "/user/emails" => self.of_holder(headers, |person| person["emails"].clone()),
            _ if path == format!("/applications/{CLIENT_ID}/token") => {
                let expected = format!("Basic {}", STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}")));
                assert_eq!(headers["authorization"], expected);
                let body: Value = serde_json::from_str(&asked.body).unwrap();
                let found = body["access_token"].as_str().and_then(|token| self.tokens.get(token));
                match found {
                    // GitHub knows no token of another app under this address.
                    Some((person, client)) if client == CLIENT_ID => {
                        json_answer(200, &json!({ "app": { "client_id": client }, "user": { "id": person["id"] } }))
                    }
                    _ => json_answer(404, &json!({ "message": "Not Found" })),
                }
            }
            other => panic!("GitHub has no {other}"),
        }
    }

    fn of_holder(&self, headers: &BTreeMap<String, String>, tell: impl FnOnce(&Value) -> Value) -> Response<SdkBody> {
        match self.holder_of(headers) {
            Some(person) => json_answer(200, &tell(&person)),
            None => json_answer(401, &json!({ "message": "Bad credentials" })),
        }
    }
}
