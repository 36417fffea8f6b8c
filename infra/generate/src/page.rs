//! The page of `GET /api/docs`, made from the OpenAPI document: plain HTML that loads nothing.

use std::fmt::Write as _;

use serde_json::Value;

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1d2433; --quiet: #5b6475; --line: #d5d9e2; --ground: #fff; --code: #f4f5f7 }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebf1; --quiet: #a3acbd; --line: #39414f; --ground: #12151c; --code: #1c212b } }
body { margin: 0 auto; max-width: 960px; padding: 24px 16px 96px; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
h2 { margin: 48px 0 8px; padding-top: 16px; border-top: 1px solid var(--line) }
h3 { margin: 32px 0 4px; font-size: 17px }
table { width: 100%; border-collapse: collapse; margin: 8px 0; font-size: 14px }
th, td { padding: 6px 12px 6px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line) }
code, pre { background: var(--code); border-radius: 4px; font-size: 14px; padding: 1px 4px; overflow-wrap: anywhere }
pre { padding: 12px; overflow-x: auto }
.quiet { color: var(--quiet) }
";

/// The page of a document.
pub(crate) fn page(document: &Value) -> String {
    let title = escape(text(&document["info"]["title"]));
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>{title} API</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>{title} API <small class=\"quiet\">{}</small></h1>\n<p>{}</p>\n<p>The same as <a href=\"/api/openapi.json\">OpenAPI 3.1</a>.</p>\n",
        escape(text(&document["info"]["version"])),
        prose(text(&document["info"]["description"])),
    );
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            write_operation(&mut page, path, method, operation);
        }
    }
    page.push_str("<h2 id=\"schemas\">Bodies</h2>\n");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        write_schema(&mut page, name, schema);
    }
    page.push_str("</body>\n</html>\n");
    page
}

fn write_operation(page: &mut String, path: &str, method: &str, operation: &Value) {
    let id = escape(text(&operation["operationId"]));
    writeln!(page, "<h2 id=\"{id}\"><code>{} {}</code></h2>", method.to_uppercase(), escape(path)).unwrap();
    writeln!(page, "<p><strong>{}</strong></p>", escape(text(&operation["summary"]))).unwrap();
    for paragraph in text(&operation["description"]).split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
        writeln!(page, "<p>{}</p>", prose(paragraph)).unwrap();
    }
    if operation["security"].is_array() {
        page.push_str(
            "<p class=\"quiet\">Takes an access token: <code>Authorization: Bearer …</code>, or a cookie.</p>\n",
        );
    }
    for parameter in operation["parameters"].as_array().into_iter().flatten().filter(|one| one["in"] == "header") {
        let (name, meaning) = (escape(text(&parameter["name"])), prose(text(&parameter["description"])));
        writeln!(page, "<p class=\"quiet\">May carry <code>{name}</code>. {meaning}</p>").unwrap();
    }
    for (kind, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
        writeln!(page, "<p>Body ({}): {}</p>", escape(kind), type_of(&content["schema"])).unwrap();
    }
    page.push_str("<table>\n<tr><th>Status</th><th>Body</th><th>Meaning</th></tr>\n");
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let body = response["content"].as_object().and_then(|content| content.values().next());
        let body = body.map(|content| type_of(&content["schema"])).unwrap_or_default();
        let meaning = prose(text(&response["description"])).replace("\n\n", "<br>");
        writeln!(page, "<tr><td>{status}</td><td>{body}</td><td>{meaning}</td></tr>").unwrap();
    }
    page.push_str("</table>\n");
}

fn write_schema(page: &mut String, name: &str, schema: &Value) {
    writeln!(page, "<h3 id=\"{0}\">{0}</h3>\n<p>{1}</p>", escape(name), prose(text(&schema["description"]))).unwrap();
    let parts: Vec<&Value> = match schema["allOf"].as_array() {
        Some(parts) => parts.iter().collect(),
        None => vec![schema],
    };
    page.push_str("<table>\n<tr><th>Field</th><th>Type</th><th>Meaning</th></tr>\n");
    for part in parts {
        if part["$ref"].is_string() {
            writeln!(page, "<tr><td colspan=\"3\">everything of {}</td></tr>", type_of(part)).unwrap();
        }
        let required: Vec<&str> = part["required"].as_array().into_iter().flatten().map(text).collect();
        for (field, property) in part["properties"].as_object().into_iter().flatten() {
            let optional =
                if required.contains(&field.as_str()) { "" } else { " <span class=\"quiet\">optional</span>" };
            let meaning = prose(text(&property["description"]));
            writeln!(
                page,
                "<tr><td><code>{}</code>{optional}</td><td>{}</td><td>{meaning}</td></tr>",
                escape(field),
                type_of(property)
            )
            .unwrap();
        }
    }
    page.push_str("</table>\n");
}

/// The type of a schema, with links to those that have a name.
fn type_of(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return format!("<a href=\"#{0}\">{0}</a>", escape(name));
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        return choices.iter().map(type_of).collect::<Vec<_>>().join(" or ");
    }
    let plain = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(text).collect::<Vec<_>>().join(" or "),
        kind => text(kind).to_owned(),
    };
    match (plain.as_str(), schema["format"].as_str()) {
        ("array", _) => format!("list of {}", type_of(&schema["items"])),
        (_, Some(format)) => format!("{} ({})", escape(&plain), escape(format)),
        _ => escape(&plain),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Prose, with what stands between backticks as code.
fn prose(text: &str) -> String {
    let parts = escape(text);
    parts.split('`').enumerate().fold(String::new(), |mut prose, (position, part)| {
        match position % 2 {
            0 => prose.push_str(part),
            _ => write!(prose, "<code>{part}</code>").unwrap(),
        }
        prose
    })
}
