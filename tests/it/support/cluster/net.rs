//! A network namespace for each node, with two wires: one to its peers and one to the clients, each into a bridge out of
//! which it can be pulled. Needs root and iproute2, and fails without them; names and addresses are this process's own.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process};

/// Of a namespace; its owner's process id and the node's number follow.
const NAMESPACE: &str = "jiexu-node-";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    Peers,
    Clients,
}

pub const WIRES: [Wire; 2] = [Wire::Peers, Wire::Clients];

impl Wire {
    fn letter(self) -> char {
        match self {
            Wire::Peers => 'p',
            Wire::Clients => 'c',
        }
    }
}

pub struct Net {
    nodes: usize,
    /// The first three bytes of every address: a network of its own in the range for trials of networks (RFC 2544).
    prefix: [u8; 3],
}

impl Net {
    /// Lays the wires of so many nodes, all of them plugged in.
    pub fn lay(nodes: usize) -> Net {
        let is_root = rustix::process::geteuid().is_root();
        assert!(is_root, "需要 root 权限才能建立网络命名空间 / network namespaces need root: run this as root");
        sweep();
        let net = Net { nodes, prefix: free_prefix() };
        for wire in WIRES {
            ip(&["link", "add", &bridge(std::process::id(), wire), "type", "bridge"]);
            ip(&["link", "set", &bridge(std::process::id(), wire), "up"]);
        }
        // Our own side: the clients run where we do.
        let ours = format!("{}/25", net.address(254));
        ip(&["addr", "add", &ours, "dev", &bridge(std::process::id(), Wire::Clients)]);
        for node in 0..nodes {
            let namespace = namespace(std::process::id(), node);
            ip(&["netns", "add", &namespace]);
            ip(&["-n", &namespace, "link", "set", "lo", "up"]);
            for (wire, name, own) in
                [(Wire::Peers, "peers", net.peers(node)), (Wire::Clients, "clients", net.clients(node))]
            {
                let port = port(std::process::id(), wire, node);
                ip(&["link", "add", &port, "type", "veth", "peer", "name", name, "netns", &namespace]);
                ip(&["link", "set", &port, "master", &bridge(std::process::id(), wire)]);
                ip(&["-n", &namespace, "addr", "add", &format!("{own}/25"), "dev", name]);
                ip(&["-n", &namespace, "link", "set", name, "up"]);
                net.plug(node, wire, true);
            }
        }
        net
    }

    /// What stands before a command that runs at a node.
    pub fn inside(&self, node: usize) -> Vec<String> {
        ["ip", "netns", "exec", &namespace(std::process::id(), node)].map(str::to_owned).to_vec()
    }

    /// A node's address for its peers.
    pub fn peers(&self, node: usize) -> Ipv4Addr {
        self.address(1 + node)
    }

    /// A node's address for its clients.
    pub fn clients(&self, node: usize) -> Ipv4Addr {
        self.address(129 + node)
    }

    /// Pulls a wire out of its bridge, or plugs it in again.
    pub fn plug(&self, node: usize, wire: Wire, plugged: bool) {
        ip(&["link", "set", &port(std::process::id(), wire, node), if plugged { "up" } else { "down" }]);
    }

    fn address(&self, last: usize) -> Ipv4Addr {
        let [a, b, c] = self.prefix;
        Ipv4Addr::new(a, b, c, u8::try_from(last).expect("few nodes"))
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        remove(std::process::id(), self.nodes);
    }
}

fn namespace(owner: u32, node: usize) -> String {
    format!("{NAMESPACE}{owner}-{node}")
}

/// A device's name: the kernel takes fifteen letters.
fn bridge(owner: u32, wire: Wire) -> String {
    format!("jx{owner:x}{}", wire.letter())
}

/// The bridge's end of a wire.
fn port(owner: u32, wire: Wire, node: usize) -> String {
    format!("{}{node}", bridge(owner, wire))
}

/// Everything that this owner may have left.
fn remove(owner: u32, nodes: usize) {
    for node in 0..nodes {
        // A namespace lives as long as a process in it does.
        let inside = try_ip(&["netns", "pids", &namespace(owner, node)]).unwrap_or_default();
        for pid in inside.lines().filter_map(|line| Pid::from_raw(line.trim().parse().ok()?)) {
            let _ = kill_process(pid, Signal::KILL);
        }
        // The kernel takes its time over a namespace; whoever comes next shall find no wire.
        for wire in WIRES {
            let _ = try_ip(&["link", "delete", &port(owner, wire, node)]);
        }
        let _ = try_ip(&["netns", "delete", &namespace(owner, node)]);
    }
    for wire in WIRES {
        let _ = try_ip(&["link", "delete", &bridge(owner, wire)]);
    }
}

/// What processes left that were killed before they could remove it.
fn sweep() {
    let listed = ip(&["netns", "list"]);
    let owner = |line: &str| {
        let rest = line.strip_prefix(NAMESPACE)?;
        let (owner, node) = rest.split_whitespace().next()?.split_once('-')?;
        Some((owner.parse::<u32>().ok()?, node.parse::<usize>().ok()?))
    };
    for (owner, node) in listed.lines().filter_map(owner) {
        if !Path::new(&format!("/proc/{owner}")).exists() {
            remove(owner, node + 1);
        }
    }
}

fn free_prefix() -> [u8; 3] {
    let used: BTreeSet<String> = ip(&["-o", "-4", "addr"])
        .split_whitespace()
        .filter_map(|word| Some(word.rsplit_once('.')?.0.to_owned()))
        .collect();
    let mut networks = (0..512_u32).map(|n| (n + std::process::id()) % 512);
    let free = networks.find(|n| !used.contains(&format!("198.{}.{}", 18 + n / 256, n % 256)));
    let free = free.expect("a free network");
    [198, 18 + u8::from(free >= 256), u8::try_from(free % 256).expect("a byte")]
}

fn ip(arguments: &[&str]) -> String {
    try_ip(arguments).unwrap_or_else(|said| panic!("ip {}: {said}", arguments.join(" ")))
}

fn try_ip(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("ip").args(arguments).output().map_err(|cause| {
        format!("{cause}；请先安装 iproute2（apt install iproute2） / install iproute2 first (apt install iproute2)")
    })?;
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(said(&output.stdout)) } else { Err(said(&output.stderr)) }
}
