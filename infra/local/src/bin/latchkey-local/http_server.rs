//! HTTP/1.1 on listeners, for handlers that answer with whole bodies, and for S3.

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
use s3s::service::S3Service;
use tokio::net::{TcpListener, TcpStream};

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
        accept(listener, move |stream, peer| {
            let handle = Arc::clone(&handle);
            let service = service_fn(move |request| {
                let answer = handle(request, peer);
                async move { Ok::<_, Infallible>(answer.await) }
            });
            // A client that breaks the protocol or the connection is the client's affair.
            async move {
                let _ = connection().serve_connection(TokioIo::new(stream), service).await;
            }
        });
    }
}

/// Serves S3 on a listener in the background until the program ends.
pub(crate) fn serve_s3(listener: TcpListener, service: S3Service) {
    accept(listener, move |stream, _| {
        let service = service.clone();
        async move {
            let _ = connection().serve_connection(TokioIo::new(stream), service).await;
        }
    });
}

fn connection() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new());
    builder
}

/// Hands every connection over, each in a task of its own.
fn accept<F>(listener: TcpListener, serve: impl Fn(TcpStream, SocketAddr) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(async move {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    tokio::spawn(serve(stream, peer));
                }
                // Out of file descriptors, or a peer that left: the next one may succeed.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            }
        }
    });
}
