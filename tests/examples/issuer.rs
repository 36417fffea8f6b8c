//! Latchkey on a socket of this machine, at the present time.
//!
//! Verifiers of others ask by HTTP and look at their own clock. So the issuer is the address of a real listener, and
//! the application's time is brought to the machine's before anybody signs in.

use std::convert::Infallible;
use std::future::Future;
use std::net::Ipv4Addr;

use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use latchkey_tests::{Person, TestApp};
use tokio::net::TcpListener;

/// An application whose public URL leads to it.
pub(crate) struct Issuer {
    pub(crate) app: TestApp,
    /// The issuer of its tokens, and their audience.
    pub(crate) url: String,
    listener: TcpListener,
}

impl Issuer {
    /// An issuer whose clock was right this long ago.
    pub(crate) async fn behind_by(age: SignedDuration) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let app = TestApp::with_config(&[("PUBLIC_URL", &url)]);
        let present = Timestamp::now().as_millisecond() - app.now().as_millisecond();
        app.advance(SignedDuration::from_millis(present) - age);
        Self { app, url, listener }
    }

    /// An issuer whose clock is right.
    pub(crate) async fn present() -> Self {
        Self::behind_by(SignedDuration::ZERO).await
    }

    /// Somebody who signed in.
    pub(crate) async fn signed_in(&self) -> Person {
        self.app.new_account("ada@example.com").await;
        Person::of(self.app.sign_in("ada@example.com").await.success())
    }

    /// Serves while this is awaited. One connection after another: a test application stays on one thread.
    pub(crate) async fn serving<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::select! {
            done = work => done,
            never = self.serve() => match never {},
        }
    }

    async fn serve(&self) -> Infallible {
        loop {
            let (stream, _) = self.listener.accept().await.unwrap();
            let service = service_fn(|request| self.answer(request));
            // A client that hangs up early is the client's affair.
            let _ = http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(stream), service).await;
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let answer = self.app.anon().request(request.method().clone(), target, None, Vec::new()).await;
        let mut response = Response::new(Full::from(answer.text));
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }
}
