//! Listening sockets, and the signals that end the program.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::Failure;

/// Listens on both loopback addresses. `localhost` is either, by the resolver's mood, so both must answer; a machine
/// without IPv6 has only the first.
pub(crate) async fn loopback(port: u16, what: &str) -> Result<Vec<TcpListener>, Failure> {
    let mut listeners = vec![bind(Ipv4Addr::LOCALHOST.into(), port, what).await?];
    match bind(Ipv6Addr::LOCALHOST.into(), port, what).await {
        Ok(listener) => listeners.push(listener),
        Err(error) if error.to_string().contains("taken") => return Err(error),
        Err(_) => {}
    }
    Ok(listeners)
}

/// Listens on 127.0.0.1 alone.
pub(crate) async fn local_only(port: u16, what: &str) -> Result<TcpListener, Failure> {
    bind(Ipv4Addr::LOCALHOST.into(), port, what).await
}

async fn bind(address: IpAddr, port: u16, what: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(SocketAddr::new(address, port)).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("port {port} ({what}) is taken; stop what uses it, or set PORT to the first of four free ports, as in PORT=9100")
                .into()
        }
        _ => format!("cannot listen on {address} port {port} ({what}): {error}").into(),
    })
}

/// A port that is free now. 9000 is left alone: it is where `cargo lambda watch` listens when started by hand.
pub(crate) async fn free() -> Result<u16, Failure> {
    loop {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()?.port();
        if port != 9000 {
            return Ok(port);
        }
    }
}

/// Waits for Ctrl-C, SIGTERM or the terminal's end.
pub(crate) async fn interrupted() {
    let mut signals: Vec<_> = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()]
        .into_iter()
        .filter_map(|kind| signal(kind).ok())
        .collect();
    std::future::poll_fn(|context| {
        if signals.iter_mut().any(|signal| signal.poll_recv(context).is_ready()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
}
