//! The loopback port of the handler, kept for it across restarts.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpSocket;

/// A bound socket that never listens. Nobody else is given its port, while a handler, which reuses
/// addresses as the real host demands, can listen on it again and again. Also for tests that start
/// handlers without a host.
#[derive(Debug)]
pub struct ReservedPort {
    number: u16,
    _socket: TcpSocket,
}

impl ReservedPort {
    pub fn any() -> io::Result<ReservedPort> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        Ok(ReservedPort { number: socket.local_addr()?.port(), _socket: socket })
    }

    pub fn number(&self) -> u16 {
        self.number
    }
}
