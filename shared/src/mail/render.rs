//! Rendering mails with minijinja. Templates are embedded when the product is built; a file of the same name in
//! `MAIL_TEMPLATES_DIR` wins, and if it cannot be rendered the embedded one goes out instead: a mail with our words
//! is better than none.

use std::path::PathBuf;

use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::Value;

use super::Rendered;
use crate::accounts;
use crate::sessions;

/// One mail's two templates. The first line of the plain one is `Subject: ...`.
#[derive(Debug)]
pub struct Template {
    /// Its name, without an ending.
    pub name: &'static str,
    /// `{name}.txt`.
    pub text: &'static str,
    /// `{name}.html`; extends `layout.html`.
    pub html: &'static str,
}

/// Embeds the two files of each mail from the folder `mails` beside the calling module.
#[macro_export]
macro_rules! mail_templates {
    ($($name:literal),* $(,)?) => {
        &[$($crate::mail::Template {
            name: $name,
            text: include_str!(concat!("mails/", $name, ".txt")),
            html: include_str!(concat!("mails/", $name, ".html")),
        },)*]
    };
}

/// What mails are made of besides their own two files: the frame of the HTML part, and where a request came from
/// (an [`Origin`](crate::origin::Origin) under the name `origin`).
const PARTS: &[(&str, &str)] = &[
    ("layout.html", include_str!("layout.html")),
    ("origin.html", include_str!("origin.html")),
    ("origin.txt", include_str!("origin.txt")),
];

/// Every mail of every domain.
pub(crate) fn templates() -> impl Iterator<Item = &'static Template> {
    accounts::mails::TEMPLATES.iter().chain(sessions::mails::TEMPLATES)
}

/// Renders mails.
pub struct Renderer {
    embedded: Environment<'static>,
    overrides: Option<PathBuf>,
    app_name: String,
}

impl Renderer {
    /// A renderer that signs with `app_name` and prefers templates in `overrides`.
    pub fn new(app_name: &str, overrides: Option<PathBuf>) -> Result<Self, minijinja::Error> {
        let mut embedded = environment();
        for (name, source) in PARTS {
            embedded.add_template(name, source)?;
        }
        for template in templates() {
            embedded.add_template_owned(format!("{}.txt", template.name), template.text)?;
            embedded.add_template_owned(format!("{}.html", template.name), template.html)?;
        }
        Ok(Self { embedded, overrides, app_name: app_name.to_owned() })
    }

    /// The mail of this template with these values.
    pub fn render(&self, template: &str, values: &Value) -> Result<Rendered, minijinja::Error> {
        if let Some(folder) = &self.overrides {
            match self.render_override(folder, template, values) {
                Ok(Some(rendered)) => return Ok(rendered),
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(template, error = %error.kind(), "an own mail template cannot be rendered");
                }
            }
        }
        self.render_in(&self.embedded, template, values)
    }

    /// The owner's version; none when the owner replaces neither of its files.
    fn render_override(
        &self,
        folder: &std::path::Path,
        template: &str,
        values: &Value,
    ) -> Result<Option<Rendered>, minijinja::Error> {
        let mut environment = self.embedded.clone();
        let mut replaced = false;
        let parts = PARTS.iter().map(|(name, _)| (*name).to_owned());
        for name in parts.chain([format!("{template}.txt"), format!("{template}.html")]) {
            if let Ok(source) = std::fs::read_to_string(folder.join(&name)) {
                environment.add_template_owned(name, source)?;
                replaced = true;
            }
        }
        if !replaced {
            return Ok(None);
        }
        self.render_in(&environment, template, values).map(Some)
    }

    fn render_in(
        &self,
        environment: &Environment<'_>,
        name: &str,
        values: &Value,
    ) -> Result<Rendered, minijinja::Error> {
        let values = minijinja::context! { app_name => self.app_name, ..minijinja::Value::from_serialize(values) };
        let text = environment.get_template(&format!("{name}.txt"))?.render(&values)?;
        let (subject, text) =
            text.strip_prefix("Subject: ").and_then(|rest| rest.split_once('\n')).ok_or_else(|| {
                minijinja::Error::new(minijinja::ErrorKind::SyntaxError, "the first line is no `Subject: `")
            })?;
        // A name with a line break must not add a header; the layout's title has the subject too.
        let subject: String = subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let values = minijinja::context! { subject, ..values };
        let html = environment.get_template(&format!("{name}.html"))?.render(&values)?;
        Ok(Rendered { subject: subject.trim().to_owned(), text: text.trim_start().to_owned(), html })
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_keep_trailing_newline(true);
    environment.set_auto_escape_callback(|name| {
        if name.rsplit('.').next() == Some("html") { AutoEscape::Html } else { AutoEscape::None }
    });
    environment
}
