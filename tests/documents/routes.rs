//! Template, OpenAPI document and routers name the same paths.

use std::collections::BTreeMap;

use http::Method;
use latchkey_generate::{every_route, front, functions};
use latchkey_identity::app::App;
use latchkey_kernel::http::routes::{Document, Endpoint, Routes as ReadAs};
use latchkey_local::routing::Routes;
use latchkey_local::template::Template;
use latchkey_tests::{By, inventory, operations};
use serde_json::Value;

use crate::generated::openapi;

fn template() -> Template {
    Template::parse(&latchkey_tests::TEMPLATE).unwrap()
}

/// The paths that a router documents.
fn paths(routes: utoipa_axum::router::OpenApiRouter<App>) -> Vec<String> {
    routes.split_for_parts().1.paths.paths.keys().cloned().collect()
}

/// The paths that each function's own router documents.
fn routers() -> BTreeMap<&'static str, Vec<String>> {
    functions().into_iter().map(|function| (function.name(), paths(function.routes))).collect()
}

#[test]
fn every_documented_path_reaches_the_function_whose_router_has_it() {
    let mut asked: Vec<String> = template().routes.into_iter().map(|route| route.function).collect();
    asked.retain(|function| function != "front");
    asked.sort_unstable();
    asked.dedup();
    assert_eq!(asked, routers().into_keys().collect::<Vec<_>>(), "a function whose router is not looked at");
    let routes = Routes::new(&template().routes).unwrap();
    for (function, paths) in routers() {
        for path in paths {
            let chosen = routes.choose(&Method::GET, &path).unwrap();
            assert_eq!(chosen.function, function, "{path}");
            let with_slash = routes.choose(&Method::GET, &format!("{path}/")).unwrap();
            assert!(
                [function, "front"].contains(&with_slash.function.as_str()),
                "{path}/ goes to {}",
                with_slash.function
            );
        }
    }
}

/// Paths of identity that `front` does not serve: what passkeys are bound to has no room in its environment.
const LED_AWAY: &[&str] = &["/api/auth/passkey", "/api/auth/step-up"];
/// Paths elsewhere that it serves: other APIs and monitors ask for them, and may write them with a slash.
const KEPT: &[&str] =
    &["/.well-known/jwks.json", "/.well-known/openid-configuration", "/api/docs", "/api/health", "/api/openapi.json"];

#[test]
fn front_has_exactly_the_paths_of_identity_that_reach_it_with_a_slash_at_their_end() {
    let routes = Routes::new(&template().routes).unwrap();
    let all: Vec<_> = routers().into_values().flatten().collect();
    let reach = |path: &&String| routes.choose(&Method::GET, &format!("{path}/")).unwrap().function == "front";
    let led = |path: &&String| {
        !LED_AWAY.contains(&path.as_str()) && path.starts_with("/api/auth/") || KEPT.contains(&path.as_str())
    };
    let mut expected: Vec<_> = all.iter().filter(reach).filter(led).cloned().collect();
    expected.sort_unstable();
    let mut found = paths(front().routes);
    found.sort_unstable();
    assert_eq!(found, expected);
    assert!(found.len() < all.len(), "the children of a resource reach their own function");
}

#[test]
fn every_route_of_the_template_leads_somewhere() {
    let documented: Vec<String> = openapi()["paths"].as_object().unwrap().keys().cloned().collect();
    for route in template().routes.iter().filter(|route| route.key != "$default") {
        let path = route.key.strip_prefix("ANY ").expect("every route takes any method");
        let prefix = path.strip_suffix("{proxy+}").unwrap_or(path);
        let covered =
            |known: &String| known == path || known == prefix.trim_end_matches('/') || known.starts_with(prefix);
        assert!(documented.iter().any(covered), "{} leads nowhere", route.key);
    }
}

#[test]
fn every_operation_with_a_body_documents_what_is_wrong_with_bodies() {
    for (path, methods) in openapi()["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap().iter().filter(|(_, it)| it["requestBody"].is_object()) {
            let answers = operation["responses"].as_object().unwrap();
            // What is wrong with a form is shown on its page, by its status alone.
            let is_form = operation["requestBody"]["content"]["application/json"].is_null();
            let wrong = [
                (400, "malformed_body"),
                (413, "body_too_large"),
                (415, "unsupported_media_type"),
                (422, "invalid_body"),
            ];
            for (status, code) in wrong.into_iter().filter(|(status, _)| !is_form || *status != 422) {
                let described = answers.get(&status.to_string()).map(|answer| answer["description"].as_str().unwrap());
                let named = described.is_some_and(|described| is_form || described.contains(&format!("`{code}`")));
                assert!(named, "{method} {path}: {status} {code}");
            }
        }
    }
}

/// Every type that the routes name, by its name in the document.
struct Schemas(BTreeMap<String, Value>);

impl ReadAs for Schemas {
    type State = App;

    fn new() -> Self {
        Self(BTreeMap::new())
    }

    fn routes<D: Document<App>>(self, endpoint: Endpoint<App, D>) -> Self {
        let named = endpoint.document().schemas.into_iter();
        let named = named.map(|(name, schema)| (name, serde_json::to_value(schema).unwrap())).collect();
        self.merge(Self(named))
    }

    fn merge(mut self, other: Self) -> Self {
        for (name, schema) in other.0 {
            let known = self.0.entry(name.clone()).or_insert_with(|| schema.clone());
            assert_eq!(*known, schema, "two types are called {name}, and the document knows one");
        }
        self
    }
}

#[test]
fn no_two_types_share_a_name_in_the_document() {
    let Schemas(schemas) = every_route::<Schemas>();
    assert!(schemas.len() > 40, "{} types", schemas.len());
}

/// An operation that takes its token in a header, a cookie or the body.
const TAKES_A_TOKEN_ANYWHERE: &str = "sign_out";

#[test]
fn the_document_says_of_every_operation_who_may_call_it_as_the_inventory_does() {
    let document = openapi();
    let mut without_a_row = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, described) in methods.as_object().unwrap() {
            let id = described["operationId"].as_str().unwrap();
            let Some(row) = inventory().find(|row| row.id == id) else {
                without_a_row.push(id);
                continue;
            };
            let takes_a_token = row.by != By::Anyone || id == TAKES_A_TOKEN_ANYWHERE;
            assert_eq!(described["security"].is_array(), takes_a_token, "{method} {path}");
        }
    }
    assert!(without_a_row.is_empty(), "tests/src/operations has no row for {without_a_row:?}");
    let documented = operations();
    for row in inventory() {
        assert_eq!(
            documented.iter().filter(|(id, _)| id == row.id).count(),
            1,
            "{} is no operation of the API",
            row.id
        );
        assert_eq!(inventory().filter(|other| other.id == row.id).count(), 1, "{} has two rows", row.id);
    }
}

#[tokio::test]
async fn what_takes_a_token_refuses_who_has_none() {
    let app = latchkey_tests::TestApp::new();
    let document = openapi();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["security"].is_array() {
                let method: Method = method.to_uppercase().parse().unwrap();
                let path = path.replace("{id}", "019caddd-b0c0-7000-8000-000000000000").replace("{provider}", "google");
                let answer = app.anon().request(method, &path, None, Vec::new()).await;
                assert_eq!(answer.summary(), "401 token_missing", "{path}");
            }
        }
    }
}

#[tokio::test]
async fn who_is_about_to_be_deleted_is_refused_wherever_the_route_does_not_say_otherwise() {
    let (app, ada) = latchkey_tests::TestApp::new().with_account("ada@example.com").await;
    ada.calling(&app).delete("/api/auth/me").await.success();
    let ada = latchkey_tests::Person::of(app.sign_in("ada@example.com").await.success());
    app.run_workers().await;
    let document = openapi();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            let open = id == TAKES_A_TOKEN_ANYWHERE || inventory().any(|row| row.id == id && row.by == By::EvenLeaving);
            if operation["security"].is_array() && !open {
                let told = operation["responses"]["403"]["description"].as_str().unwrap_or_default();
                assert!(
                    told.contains("`deletion_pending`"),
                    "{method} {path}: DELETION_PENDING is not among its problems!"
                );
                let method: Method = method.to_uppercase().parse().unwrap();
                let path = path.replace("{id}", "019caddd-b0c0-7000-8000-000000000000").replace("{provider}", "google");
                let answer = ada.calling(&app).request(method, &path, None, Vec::new()).await;
                assert_eq!(answer.summary(), "403 deletion_pending", "{path}");
            }
        }
    }
}

#[test]
fn every_operation_documents_its_errors_and_has_a_name_of_its_own() {
    let document = openapi();
    let mut names = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters") {
            names.push(operation["operationId"].as_str().unwrap().to_owned());
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("500") && responses.contains_key("503"), "{method} {path}");
            assert!(matches!(operation["summary"], Value::String(_)), "{method} {path} has no summary");
        }
    }
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}
