//! Rendering mails with minijinja. Templates are embedded when the product is built; a file of the same name in
//! `MAIL_TEMPLATES_DIR` wins. Where it cannot be read or rendered, ours takes its place and the owner hears of it: a mail
//! with our words is better than none.

use std::collections::BTreeSet;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use serde_json::Value;

use super::Rendered;
use super::overrides::{self, Files, Overrides};
use crate::config::Config;
use crate::typed;

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

/// What mails are made of besides their own two files: the frame of the HTML part, the end of the plain one, buttons and
/// codes, and where a request came from (an [`Origin`](crate::http::origin::Origin) under the name `origin`).
const PARTS: &[(&str, &str)] = &[
    ("layout.html", include_str!("layout.html")),
    ("footer.txt", include_str!("footer.txt")),
    ("parts.html", include_str!("parts.html")),
    ("origin.html", include_str!("origin.html")),
    ("origin.txt", include_str!("origin.txt")),
];

/// The longest preview, in characters: about what mail programs show beside a subject.
const LONGEST_PREVIEW: usize = 140;

/// The most letters of a user's name that a mail greets with.
const LONGEST_GREETING: usize = 40;

/// Renders mails.
pub struct Renderer {
    embedded: Environment<'static>,
    overrides: Option<Overrides>,
    brand: minijinja::Value,
}

impl Renderer {
    /// A renderer of these mails with the configured name, logo and colour, which prefers the operator's templates.
    pub fn new(config: &Config, templates: impl IntoIterator<Item = &'static Template>) -> Result<Self, Error> {
        let mut embedded = environment()?;
        for (name, source) in PARTS {
            embedded.add_template(name, source)?;
        }
        for template in templates {
            embedded.add_template_owned(format!("{}.txt", template.name), template.text)?;
            embedded.add_template_owned(format!("{}.html", template.name), template.html)?;
        }
        let brand = minijinja::context! {
            app_name => config.app_name.as_str(),
            app_url => &config.links.app,
            privacy_url => &config.policies.privacy,
            terms_url => &config.policies.terms,
            support_email => &config.links.support,
            logo => config.brand.logo.as_ref().map(crate::config::looks::LogoUrl::as_str),
            colour => config.brand.colour.to_string(),
            colour_on_dark => config.brand.colour_on_dark.to_string(),
        };
        Ok(Self { embedded, overrides: config.mail.templates.clone().map(Overrides::new), brand })
    }

    /// The mail of this template with these values. The files of the owner's that could not serve are named in it.
    pub fn render(&self, template: &str, values: &Value) -> Result<Rendered, Error> {
        let Some(overrides) = &self.overrides else { return self.render_in(&self.embedded, template, values) };
        let parts = PARTS.iter().map(|(name, _)| (*name).to_owned());
        let (mut files, mut broken) =
            overrides.read(parts.chain([format!("{template}.txt"), format!("{template}.html")]));
        let with = |files: &Files| {
            let mut environment = self.embedded.clone();
            for (name, source) in files {
                environment.add_template_owned(name.clone(), source.clone())?;
            }
            self.render_in(&environment, template, values)
        };
        if let Ok(rendered) = with(&files) {
            return Ok(Rendered { broken, ..rendered });
        }
        // One that fails by itself does not take the others along.
        broken.extend(overrides::drop_broken(&mut files, with));
        if let Ok(rendered) = with(&files) {
            return Ok(Rendered { broken, ..rendered });
        }
        broken.extend(files.into_keys());
        Ok(Rendered { broken, ..self.render_in(&self.embedded, template, values)? })
    }

    fn render_in(&self, environment: &Environment<'_>, name: &str, values: &Value) -> Result<Rendered, Error> {
        let mut values = values.clone();
        if let Some(name) = values.get_mut("name") {
            *name = name.as_str().map(greeted).into();
        }
        let values = minijinja::context! { ..&self.brand, ..Serde(&values) };
        let text = environment.get_template(&format!("{name}.txt"))?.render(&values)?;
        let (subject, text) = text
            .strip_prefix("Subject: ")
            .and_then(|rest| rest.split_once('\n'))
            .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, "the first line is no `Subject: `"))?;
        // A name with a line break must not add a header; the layout's title has the subject too.
        let subject: String = subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let text = text.trim_start();
        let values = minijinja::context! { subject => &subject, preview => preview(text), ..values };
        let html = environment.get_template(&format!("{name}.html"))?.render(&values)?;
        let (subject, text) = (subject.trim().to_owned(), text.to_owned());
        Ok(Rendered { subject, text, html, broken: BTreeSet::new() })
    }
}

/// A user's name as every mail greets with it: its first 40 letters, without what is invisible and without links. A name
/// that is longer, or was stored before names had rules, must not make the mail say something else.
fn greeted(name: &str) -> String {
    let name = typed::cleaned_line(name, name.len()).unwrap_or_default();
    let name = typed::first_letters(&name, LONGEST_GREETING).trim_end();
    if name.is_empty() { "there".to_owned() } else { name.to_owned() }
}

/// What mail programs show beside the subject: the first paragraph after the greeting.
fn preview(text: &str) -> String {
    let mut paragraphs = text.split("\n\n").map(str::trim).filter(|one| !one.is_empty());
    let first = paragraphs.find(|one| !one.ends_with(',')).unwrap_or_default();
    let mut letters = first.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    let begin = letters.next().into_iter().flat_map(char::to_uppercase);
    begin.chain(letters).take(LONGEST_PREVIEW).collect()
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().keep_trailing_newline(true).build()?);
    environment.set_auto_escape_callback(|name| {
        if name.rsplit('.').next() == Some("html") { AutoEscape::Html } else { AutoEscape::None }
    });
    Ok(environment)
}
