//! How an operation's request reaches its function, and for whom.

use super::Ready;
use crate::app::TestApp;

impl Ready {
    /// Whether nobody is signed in who sends it.
    pub fn is_anonymous(&self) -> bool {
        self.token.is_none() && self.cookie.is_none()
    }

    /// The route that the gateway takes for it.
    pub fn route(&self, app: &TestApp) -> String {
        app.route_of(&self.method, self.target.split('?').next().unwrap()).route_key
    }
}
