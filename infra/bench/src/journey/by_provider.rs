//! Signing in by a provider, and connecting one.

use http::StatusCode;
use serde_json::json;

use super::Trip;
use crate::Failure;
use crate::github::{COMES_BY_IT, CONNECTS_IT, HAS_NO_ADDRESS, PAGE};
use crate::world::{Request, json_of, text};

impl Trip<'_> {
    /// Somebody whom the provider knows comes by it in both ways; somebody names an address; somebody else connects it and thinks better of it.
    pub(super) async fn by_provider(&mut self) -> Result<(), Failure> {
        let direct = Request::post("/api/auth/social/github", &json!({ "access_token": COMES_BY_IT }));
        // The first time makes the account.
        self.world.ask(&direct, StatusCode::OK).await?;
        self.world.send_mails().await?;
        self.visit("sign_in_by_provider", direct, 200).await?;
        let login = self.visit_whole("oauth_login", Request::get("/api/oauth/github/login"), 303).await?;
        let header = |name: &str| login.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let cookie = header("set-cookie").split(';').next().unwrap_or_default();
        let state = header("location").split("state=").nth(1).and_then(|rest| rest.split('&').next());
        let callback = format!("/api/oauth/github/callback?code=code&state={}", state.ok_or("no state")?);
        let back = self.visit_whole("oauth_callback", Request::get(&callback).with_cookie(cookie), 303).await?;
        let page = back.headers.get("location").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let code = page.strip_prefix(&format!("{PAGE}?exchange_code=")).ok_or_else(|| format!("led to {page}"))?;
        let exchange = Request::post("/api/oauth/exchange", &json!({ "exchange_code": code }));
        self.visit("exchange_oauth_code", exchange, 200).await?;
        self.world.send_mails().await?;

        let unproven = Request::post("/api/auth/social/github", &json!({ "access_token": HAS_NO_ADDRESS }));
        let begun = self.world.ask(&unproven, StatusCode::OK).await?.answer;
        let named = json!({
            "registration_token": text(&json_of(&begun), "registration_token")?,
            "email": self.world.new_address(),
        });
        self.visit("name_email", Request::post("/api/oauth/exchange/email", &named), 202).await?;
        self.world.send_mails().await?;

        let access = text(&self.world.new_account().await?, "access")?;
        let accounts = "/api/auth/social/accounts";
        let connect = Request::post(&format!("{accounts}/github/connect"), &json!({ "access_token": CONNECTS_IT }));
        self.visit("connect_provider", connect.bearing(&access), 200).await?;
        self.visit("social_accounts", Request::get(accounts).bearing(&access), 200).await?;
        self.visit("social_status", Request::get(&format!("{accounts}/status")).bearing(&access), 200).await?;
        let disconnect = Request::post(&format!("{accounts}/github/disconnect"), &json!({}));
        self.visit("disconnect_provider", disconnect.bearing(&access), 200).await?;
        self.world.send_mails().await?;
        Ok(())
    }
}
