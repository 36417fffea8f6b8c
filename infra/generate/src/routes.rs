//! The routes of the API, from the paths that each function documents.
//!
//! A path without a variable has a route of its own: throttles, metrics and the access log know a request by its route. What
//! lies below a resource is caught by its twin, `{resource}/{proxy+}`: ids, and its children with a slash at their end, which
//! the gateway matches no other way. So a resource has a twin when ids lie below it; and when other children do, unless they
//! lie in the twin of a resource above. A folder that is no path itself, such as `/api/oauth`, has its twin alone.
//!
//! There is no broad route such as `/api/auth/{proxy+}`: unknown paths go to `$default`, where one throttle holds for all.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_identity::app::App;
use utoipa_axum::router::OpenApiRouter;

use crate::Error;
use crate::functions::{front, functions};
use crate::names::logical_id;

/// The routes of an API: keys, each with the function that it leads to.
#[derive(Debug)]
pub(crate) struct Routes(BTreeMap<String, &'static str>);

/// One route.
#[derive(Debug)]
pub(crate) struct Route<'a> {
    pub(crate) id: String,
    pub(crate) key: &'a str,
    pub(crate) function: &'static str,
}

impl Routes {
    /// Those of the routers, and `$default`.
    pub(crate) fn of_the_api() -> Result<Self, Error> {
        let documented = functions::<OpenApiRouter<App>>().into_iter();
        let documented =
            documented.map(|one| (one.name(), one.routes.into_openapi().paths.paths.into_keys().collect()));
        let mut routes = Self::of(documented)?;
        routes.0.insert("$default".to_owned(), front::<OpenApiRouter<App>>().name());
        Ok(routes)
    }

    /// Those of functions with these paths.
    fn of(functions: impl IntoIterator<Item = (&'static str, BTreeSet<String>)>) -> Result<Self, Error> {
        let mut routes = BTreeMap::new();
        for (function, paths) in functions {
            for path in caught(&paths) {
                let key = format!("ANY {path}");
                if let Some(other) = routes.insert(key.clone(), function) {
                    return Err(Error::Shared { key, first: other, second: function });
                }
            }
        }
        Ok(Self(routes))
    }

    /// Each with its logical id, by key.
    pub(crate) fn named(&self) -> Result<Vec<Route<'_>>, Error> {
        let mut keys = BTreeMap::new();
        let mut named = Vec::new();
        for (key, &function) in &self.0 {
            let id = logical_id(key);
            if let Some(other) = keys.insert(id.clone(), key) {
                return Err(Error::SameName { id, first: other.clone(), second: key.clone() });
            }
            named.push(Route { id, key, function });
        }
        Ok(named)
    }
}

/// The paths of the routes that catch a function's paths, twins among them.
fn caught(paths: &BTreeSet<String>) -> BTreeSet<String> {
    let holders = paths.iter().filter_map(|path| holder_of_ids(path));
    let folders: BTreeSet<&str> = holders.filter(|holder| !paths.contains(*holder)).collect();
    let in_a_folder = |path: &str| above(path).any(|above| folders.contains(above));
    let twin = |resource: &str| format!("{resource}/{{proxy+}}");
    let highest = folders.iter().filter(|folder| !in_a_folder(folder));
    let mut routes: BTreeSet<String> = highest.map(|folder| twin(folder)).collect();
    for path in paths {
        if !in_a_folder(path) {
            routes.insert(holder_of_ids(path).map_or_else(|| path.clone(), twin));
        }
        let resources = above(path).filter(|above| paths.contains(*above) && !in_a_folder(above));
        routes.extend(resources.last().map(twin));
    }
    routes
}

/// What lies before the first variable of a path.
fn holder_of_ids(path: &str) -> Option<&str> {
    path.split_once("/{").map(|(holder, _)| holder)
}

/// What a path lies below, the nearest first.
fn above(path: &str) -> impl Iterator<Item = &str> {
    path.rmatch_indices('/').map(|(end, _)| path.get(..end).unwrap_or_default()).filter(|above| !above.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys of a function's routes, without the `ANY` of all.
    fn keys(paths: &[&str]) -> Vec<String> {
        caught(&paths.iter().map(|path| (*path).to_owned()).collect()).into_iter().collect()
    }

    fn of(functions: &[(&'static str, &[&str])]) -> Result<Routes, Error> {
        Routes::of(functions.iter().map(|(name, paths)| (*name, paths.iter().map(|path| (*path).to_owned()).collect())))
    }

    #[test]
    fn a_path_without_children_has_one_route() {
        assert_eq!(keys(&["/api/auth/me"]), ["/api/auth/me"]);
        assert_eq!(keys(&["/api/auth/password", "/api/auth/password-reset"]).len(), 2, "a longer name is no child");
    }

    #[test]
    fn ids_below_a_resource_are_caught_by_its_twin() {
        let expected = ["/api/auth/sessions", "/api/auth/sessions/{proxy+}"];
        assert_eq!(keys(&["/api/auth/sessions", "/api/auth/sessions/{id}"]), expected);
        assert_eq!(keys(&["/api/auth/sessions", "/api/auth/sessions/{id}/name"]), expected);
    }

    #[test]
    fn a_child_has_a_route_of_its_own_and_the_resource_one_twin_for_all() {
        let expected = ["/api/health", "/api/health/live", "/api/health/ready", "/api/health/{proxy+}"];
        assert_eq!(keys(&["/api/health", "/api/health/live", "/api/health/ready"]), expected);
    }

    #[test]
    fn a_resource_in_the_twin_of_another_has_one_itself_only_for_ids() {
        let mfa = ["/mfa", "/mfa/totp", "/mfa/totp/confirm", "/mfa/keys", "/mfa/keys/options", "/mfa/keys/{id}"];
        let twins = keys(&mfa).into_iter().filter(|key| key.ends_with('}'));
        assert_eq!(twins.collect::<Vec<_>>(), ["/mfa/keys/{proxy+}", "/mfa/{proxy+}"]);
        assert!(mfa[..5].iter().all(|path| keys(&mfa).contains(&(*path).to_owned())));
    }

    #[test]
    fn a_folder_that_is_no_path_has_its_twin_alone() {
        let social =
            ["/social/accounts", "/social/accounts/status", "/social/accounts/{provider}", "/social/{provider}"];
        assert_eq!(keys(&social), ["/social/{proxy+}"]);
        assert_eq!(keys(&["/x", "/x/export/{token}"]), ["/x", "/x/export/{proxy+}", "/x/{proxy+}"]);
        assert_eq!(keys(&["/a/{id}", "/a/b/c/{id}"]), ["/a/{proxy+}"]);
    }

    #[test]
    fn two_functions_may_serve_paths_below_one_another() {
        let routes =
            of(&[("account", &["/me", "/sessions", "/sessions/{id}"]), ("privacy", &["/me/data", "/sessions/all"])]);
        let routes = routes.unwrap().0;
        assert_eq!(routes["ANY /me"], "account");
        assert_eq!(routes["ANY /me/data"], "privacy");
        assert_eq!(routes["ANY /sessions/all"], "privacy", "a path beats a twin");
        assert_eq!(routes["ANY /sessions/{proxy+}"], "account");
        assert!(!routes.contains_key("ANY /me/{proxy+}"), "what lies below is no child in its own function");
    }

    #[test]
    fn one_route_never_leads_to_two_functions() {
        let found = of(&[("account", &["/users/{id}"]), ("sales", &["/users/{id}/licences"])]).unwrap_err().to_string();
        assert!(found.contains("`ANY /users/{proxy+}` would lead to `account` and to `sales`"), "{found}");
        let found = of(&[("account", &["/me"]), ("privacy", &["/me"])]).unwrap_err().to_string();
        assert!(found.contains("`ANY /me`"), "{found}");
    }

    #[test]
    fn two_routes_never_have_one_logical_id() {
        let routes = of(&[("account", &["/api/auth/health", "/api/health"])]).unwrap();
        let found = routes.named().unwrap_err().to_string();
        assert!(found.contains("HealthRoute, `ANY /api/auth/health` and `ANY /api/health`"), "{found}");
    }
}
