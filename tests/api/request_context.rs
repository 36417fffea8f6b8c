//! What a handler gets is a request that `lambda_http` made, with all that the package puts beside it.

use axum::Router;
use axum::extract::Request;
use axum::routing::post;
use lambda_http::RequestExt as _;
use lambda_http::request::RequestContext;
use latchkey_tests::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_handler_finds_the_request_context_of_lambda_http() {
    async fn seen(request: Request) -> String {
        let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else {
            return "no context".to_owned();
        };
        let (method, address) = (&context.http.method, context.http.source_ip.as_deref().unwrap_or_default());
        let (id, route) = (context.request_id.as_deref(), context.route_key.as_deref());
        let (path, parameters) = (request.raw_http_path(), request.query_string_parameters());
        let (id, route) = (id.unwrap_or_default(), route.unwrap_or_default());
        format!("{method} {path} {:?} from {address} by {route} as {id}", parameters.all("a").unwrap_or_default())
    }
    let mut app = TestApp::new();
    app.serve("front", Router::new().route("/seen", post(seen)).into());
    let answer = app.anon().from("198.51.100.7").post("/seen/?a=1&a=%C3%A9", json!({})).await;
    let expected =
        format!("POST /seen/ [\"1\", \"\u{e9}\"] from 198.51.100.7 by $default as {}", answer.header("x-request-id"));
    assert_eq!(answer.text, expected);
}
