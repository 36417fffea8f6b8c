//! HTTP/1.1 on listeners, for handlers that answer with whole bodies.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

/// A body that is there as a whole.
pub(crate) type Whole = Full<Bytes>;

/// Serves every listener in the background until the program ends.
pub(crate) fn serve<H, F>(listeners: Vec<TcpListener>, handle: H)
where
    H: Fn(Request<Incoming>, SocketAddr) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Whole>> + Send + 'static,
{
    let handle = Arc::new(handle);
    for listener in listeners {
        let handle = Arc::clone(&handle);
        tokio::spawn(async move {
            loop {
                // Out of file descriptors, or a peer that left: the next one may succeed.
                let Ok((stream, peer)) = listener.accept().await else {
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                    continue;
                };
                let handle = Arc::clone(&handle);
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let answer = handle(request, peer);
                        async move { Ok::<_, Infallible>(answer.await) }
                    });
                    // A client that breaks the protocol or the connection is the client's affair.
                    let _ = http1::Builder::new()
                        .timer(TokioTimer::new())
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
    }
}
