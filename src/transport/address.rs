//! Where a broker listens. Only what can be connected to is an address.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// The longest name that DNS allows.
const NAME_MAX: usize = 253;

/// A host name or IP address, and a port. Shown as `host:port`, an IPv6 address in brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Never in brackets.
    host: String,
    port: u16,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no host and port")]
pub struct NoAddress(String);

impl Address {
    /// None for a host that is neither a name nor an IP address, and for port 0.
    pub fn new(host: &str, port: u16) -> Option<Address> {
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let is_host = match bare {
            Some(bare) => bare.parse::<Ipv6Addr>().is_ok(),
            None => host.parse::<Ipv6Addr>().is_ok() || is_name(host),
        };
        (is_host && port > 0).then(|| Address { host: bare.unwrap_or(host).to_owned(), port })
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    pub fn port(&self) -> u16 {
        self.port
    }
}

/// A name, or an IPv4 address: what ends in a number is never a name.
fn is_name(host: &str) -> bool {
    let is_label = |label: &str| {
        let is_inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.bytes().all(is_inside)
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit());
    host.len() <= NAME_MAX && host.split('.').all(is_label) && (!is_number || host.parse::<Ipv4Addr>().is_ok())
}

impl FromStr for Address {
    type Err = NoAddress;

    /// `host:port`. An IPv6 address without brackets is refused: its end might be the port or not.
    fn from_str(text: &str) -> Result<Address, NoAddress> {
        let parts = text.rsplit_once(':').filter(|(host, _)| !host.contains(':') || host.starts_with('['));
        // A plain number: `u16` would also take a plus sign.
        let parts = parts.filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        let address = parts.and_then(|(host, port)| Address::new(host, port.parse().ok()?));
        address.ok_or_else(|| NoAddress(text.to_owned()))
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Address { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ip_addresses_are_shown_as_they_were_written() {
        for text in
            ["mq-1.jiexu.internal:5672", "127.0.0.1:1", "[fd00::2]:65535", "rabbit_b:5672", "[::ffff:10.0.0.2]:5672"]
        {
            assert_eq!(text.parse::<Address>().expect(text).to_string(), text);
        }
        for host in ["fd00::2", "[fd00::2]"] {
            let address = Address::new(host, 5672).expect(host);
            assert_eq!((address.host(), address.to_string().as_str()), ("fd00::2", "[fd00::2]:5672"));
        }
    }

    #[test]
    fn what_nothing_can_connect_to_is_refused() {
        for text in [
            "",
            ":",
            ":5672",
            "mq",
            "mq:",
            "mq:0",
            "mq:65536",
            "mq:+1",
            "mq:-1",
            "mq:amqp",
            "fd00::2:5672",
            "fd00::2",
            "[fd00::2]",
            "[mq]:5672",
            "[10.0.0.2]:5672",
            "[fd00::2:5672",
            "fd00::2]:5672",
            "10.0.0.256:5672",
            "10.0.1:5672",
            "amqp://mq:5672",
            "mq:5672/",
            "user@mq:5672",
            "m q:5672",
            "mq.:5672",
            "-mq:5672",
            "mq..a:5672",
            "mq,mr:5672",
            "[fe80::1%eth0]:5672",
        ] {
            assert_eq!(text.parse::<Address>(), Err(NoAddress(text.to_owned())), "{text}");
        }
        assert_eq!(Address::new(&"a".repeat(254), 5672), None);
    }
}
