//! Ports for private servers: free now, and not taken by a client while the server is down.

use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};

const FIRST: u16 = 10_240;
/// Where the system's ports for outgoing connections usually begin.
const OUTGOING: u16 = 32_768;

/// So many different ports on 127.0.0.1, below those that the system gives to outgoing connections: a broker that is
/// killed finds its own again.
pub fn free<const N: usize>() -> std::io::Result<[u16; N]> {
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let outgoing = range.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(OUTGOING);
    let end = outgoing.max(FIRST + 1_000);
    // Two processes that look at the same time begin at different places.
    let start = u16::try_from(RandomState::new().hash_one(()) % u64::from(end - FIRST)).unwrap_or(0);
    let candidates = (FIRST + start..end).chain(FIRST..FIRST + start);
    // All are held at once, so that they differ.
    let open = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok();
    let held: Vec<TcpListener> = candidates.filter_map(open).take(N).collect();
    let mut ports = [0; N];
    if held.len() < N {
        return Err(std::io::Error::new(std::io::ErrorKind::AddrInUse, "no free ports"));
    }
    for (port, listener) in ports.iter_mut().zip(&held) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_differ_and_can_be_had() {
        let ports: [u16; 3] = free().unwrap();
        assert!(ports[0] != ports[1] && ports[1] != ports[2] && ports[0] != ports[2]);
        let held = ports.map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)));
        assert!(held.iter().any(Result::is_ok));
    }
}
