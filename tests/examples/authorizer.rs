//! The template's JWT authorizer, held against the discovery document that it will read.
//!
//! What API Gateway does with the two is written down here as its documentation says it:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html>

use latchkey_tests::TestApp;
use serde_json::{Value, json};
use tokio::process::Command;
use yaml_serde::Value as Yaml;

use crate::example;
use crate::interpreters::python;

const PUBLIC_URL: &str = "https://id.example.com";

fn template() -> Yaml {
    yaml_serde::from_str(&std::fs::read_to_string(example("template.yaml")).unwrap()).unwrap()
}

fn resource<'a>(template: &'a Yaml, id: &str) -> &'a Yaml {
    &template["Resources"][id]["Properties"]
}

/// The parameter or resource that a `!Ref` names.
fn referred(value: &Yaml) -> &str {
    let Yaml::Tagged(tagged) = value else { panic!("{value:?} is no reference") };
    assert_eq!(tagged.tag, "!Ref");
    tagged.value.as_str().unwrap()
}

#[test]
fn every_route_of_the_template_asks_the_authorizer() {
    let template = template();
    let is_route = |of: &Yaml| of["Type"].as_str() == Some("AWS::ApiGatewayV2::Route");
    let resources = template["Resources"].as_mapping().unwrap();
    let routes: Vec<&Yaml> = resources.values().filter(|of| is_route(of)).map(|of| &of["Properties"]).collect();
    assert!(!routes.is_empty());
    for route in routes {
        assert_eq!(route["AuthorizationType"].as_str(), Some("JWT"), "{:?}", route["RouteKey"]);
        assert_eq!(referred(&route["AuthorizerId"]), "LatchkeyAuthorizer");
        assert_ne!(route["RouteKey"].as_str(), Some("$default"));
    }
    let authorizer = resource(&template, "LatchkeyAuthorizer");
    assert_eq!(authorizer["AuthorizerType"].as_str(), Some("JWT"));
    assert_eq!(authorizer["IdentitySource"][0].as_str(), Some("$request.header.Authorization"));
    assert_eq!(referred(&authorizer["JwtConfiguration"]["Issuer"]), "Issuer");
    assert_eq!(referred(&authorizer["JwtConfiguration"]["Audience"][0]), "Audience");
}

#[test]
fn the_access_log_holds_neither_path_nor_query_nor_token() {
    let template = template();
    let format = resource(&template, "HttpApiStage")["AccessLogSettings"]["Format"].as_str().unwrap().to_owned();
    let fields: Value = serde_json::from_str(&format).unwrap();
    assert_eq!(fields["route"], "$context.routeKey");
    for leak in ["$context.path", "$context.customDomain", "$context.authorizer.claims", "$context.identity"] {
        assert!(!format.contains(leak), "{leak}");
    }
}

/// The gateway appends the well-known path to the issuer, reads `jwks_uri` there, and knows RSA alone.
#[tokio::test]
async fn the_authorizer_finds_what_it_needs_at_the_issuer() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let below = |url: &str| url.strip_prefix(PUBLIC_URL).unwrap_or_else(|| panic!("{url} is elsewhere")).to_owned();

    let asked = format!("{PUBLIC_URL}/.well-known/openid-configuration");
    let discovery = app.anon().get(&below(&asked)).await.success();
    assert_eq!(discovery["issuer"], PUBLIC_URL, "the document must be its issuer's own");
    let keys = app.anon().get(&below(discovery["jwks_uri"].as_str().unwrap())).await.success();
    let keys = keys["keys"].as_array().unwrap();
    assert!(!keys.is_empty());
    for key in keys {
        assert_eq!((&key["kty"], &key["alg"], &key["use"]), (&json!("RSA"), &json!("RS256"), &json!("sig")));
        assert!(key["kid"].is_string() && key["n"].is_string() && key["e"].is_string());
    }

    let header = jsonwebtoken::decode_header(&ada.access).unwrap();
    assert!(keys.iter().any(|key| key["kid"].as_str() == header.kid.as_deref()));
    let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(&ada.access).unwrap().claims;
    assert_eq!(claims["iss"], PUBLIC_URL, "the Issuer parameter is compared with it letter by letter");
    assert_eq!(claims["aud"], PUBLIC_URL, "the Audience parameter must be it");
    assert!(["exp", "nbf", "iat"].iter().all(|time| claims[time].is_i64()));
}

#[tokio::test]
async fn the_function_greets_whom_the_authorizer_verified() {
    let (_app, ada) = TestApp::new().with_account("ada@example.com").await;
    let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(&ada.access).unwrap().claims;
    // The gateway hands claims on as strings.
    let claims: serde_json::Map<String, Value> = claims
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().map_or_else(|| json!(value.to_string()), Value::from)))
        .collect();
    let event = json!({
        "version": "2.0", "routeKey": "GET /greeting", "body": "{\"sub\":\"somebody else\"}", "isBase64Encoded": false,
        "requestContext": { "authorizer": { "jwt": { "claims": claims, "scopes": null } } },
    });
    let template = template();
    let code = resource(&template, "GreetingFunction")["InlineCode"].as_str().unwrap();
    let call = format!("{code}\nimport sys\nprint(json.dumps(handler(json.loads(sys.argv[1]), None)))");
    let output = Command::new(python().interpreter).args(["-c", &call, &event.to_string()]).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["statusCode"], 200);
    let greeting: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(greeting["greeting"], format!("Hello, {}", ada.answer["user"]["id"].as_str().unwrap()));
}
