//! The provider, started, and people who sign in there.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use latchkey_tests::has_node;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Child;

/// The secret of our client there.
pub(crate) const CLIENT_SECRET: &str = "a-secret-of-forty-characters-and-no-less";

/// A provider that ends when it is dropped.
pub(crate) struct Provider {
    port: u16,
    _process: Child,
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The script beside its packages; none on a machine that is said to have no Node.
fn script() -> Option<PathBuf> {
    static SCRIPT: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
        if !has_node("a real provider of OpenID Connect signs people in") {
            return None;
        }
        let folder = root(".local/openid-provider");
        let declared = |file: &str| root("tests/openid-provider").join(file);
        let wanted = std::fs::read_to_string(declared("package-lock.json")).unwrap();
        let installed = folder.join("installed");
        std::fs::create_dir_all(&folder).unwrap();
        if std::fs::read_to_string(&installed).ok().as_ref() != Some(&wanted) {
            for file in ["package.json", "package-lock.json"] {
                std::fs::copy(declared(file), folder.join(file)).unwrap();
            }
            let install = ["ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"];
            let output = Command::new("npm").args(install).current_dir(&folder).output().unwrap();
            assert!(output.status.success(), "npm ci: {}", String::from_utf8_lossy(&output.stderr));
            std::fs::write(installed, wanted).unwrap();
        }
        // Node looks for packages beside the file that imports them.
        let script = folder.join("provider.mjs");
        std::fs::copy(declared("provider.mjs"), &script).unwrap();
        Some(script)
    });
    SCRIPT.clone()
}

impl Provider {
    /// A provider on a free port.
    pub(crate) async fn start() -> Option<Self> {
        let script = script()?;
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let callback = "https://id.example.com/api/oauth/real/callback";
        let options = json!({ "ports": [port], "redirect_uris": [callback] }).to_string();
        let mut process = tokio::process::Command::new("node")
            .arg(script)
            .arg(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        while lines.next_line().await.unwrap().expect("the provider listens") != "listening" {}
        // It has more to say, and would end if nobody listened.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Some(Self { port, _process: process })
    }

    /// The issuer.
    pub(crate) fn issuer(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Somebody of this name signs in and allows what is asked for at this address; where the browser is led at the end.
    pub(crate) async fn sign_in(&self, authorize_url: &str, name: &str) -> String {
        let mut visitor = Visitor { client: Client::builder(TokioExecutor::new()).build_http(), jar: BTreeMap::new() };
        let form = visitor.ask(authorize_url, None).await;
        let form = self.led_to(&form);
        assert_eq!(visitor.ask(&form, None).await.status(), StatusCode::OK, "there is a form");
        let resume = visitor.ask(&form, Some(format!("name={name}"))).await;
        let resume = self.led_to(&resume);
        let done = visitor.ask(&resume, None).await;
        self.led_to(&done)
    }

    fn led_to(&self, answer: &Response<String>) -> String {
        let location = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        let location = location.unwrap_or_else(|| panic!("{} {}", answer.status(), answer.body()));
        if location.starts_with('/') { format!("{}{location}", self.issuer()) } else { location.to_owned() }
    }
}

/// A browser at the provider: it keeps cookies, and goes where it is sent.
struct Visitor {
    client: Client<HttpConnector, Full<Bytes>>,
    jar: BTreeMap<String, String>,
}

impl Visitor {
    async fn ask(&mut self, address: &str, form: Option<String>) -> Response<String> {
        let cookies: Vec<String> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder().uri(address).header(header::COOKIE, cookies.join("; "));
        let request = match form {
            None => request.body(Full::default()),
            Some(form) => request
                .method("POST")
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Full::from(form)),
        };
        let (head, body): (_, Incoming) = self.client.request(request.unwrap()).await.unwrap().into_parts();
        for line in head.headers.get_all(header::SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.jar.insert(name.to_owned(), value.to_owned());
        }
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Response::from_parts(head, text)
    }
}
