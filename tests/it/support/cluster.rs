//! Three RabbitMQ nodes as one broker, each in a network namespace of its own. Dropping it ends them and removes all of it.

mod net;

use std::net::SocketAddrV4;
use std::path::Path;
use std::time::Instant;

use jiexu::transport::address::Address;
use jiexu::transport::topology::VHOST;
use jiexu::trial::broker::{Place, PrivateBroker};
use serde_json::Value;

use self::net::Net;
pub use self::net::{WIRES, Wire};
use super::PATIENCE;
use super::exchange::Broker;

pub const NODES: usize = 3;
/// Seconds; a silent peer counts as gone after this, give or take a quarter.
pub const TICK_SECONDS: u32 = 10;
const AMQP: u16 = 5672;
const PEERS: u16 = 25672;
const EPMD: u16 = 4369;

pub struct Cluster {
    /// Before the wires: what still runs holds their namespaces.
    pub nodes: Vec<PrivateBroker>,
    net: Net,
}

/// Where one quorum queue lies, as numbers of nodes.
#[derive(Debug)]
pub struct Replicas {
    pub queue: String,
    pub leader: Option<usize>,
    pub members: Vec<usize>,
    pub online: Vec<usize>,
}

impl Cluster {
    /// Starts the nodes, waits until they are one cluster, and then imports the definitions: a queue is laid on the nodes
    /// that run at that moment.
    pub fn start(folder: &Path, definitions: &Value) -> Cluster {
        let net = Net::lay(NODES);
        let name = |node: usize| format!("jiexu@{}", net.peers(node));
        let mut settings = "cluster_partition_handling = pause_minority\n\
                            cluster_formation.peer_discovery_backend = classic_config\n"
            .to_owned();
        for node in 0..NODES {
            settings += &format!("cluster_formation.classic_config.nodes.{} = {}\n", node + 1, name(node));
        }
        let mut cookie = [0; 16];
        getrandom::fill(&mut cookie).expect("the operating system gives random bytes");
        let mut nodes = Vec::new();
        for node in 0..NODES {
            let (amqp, peers) = (SocketAddrV4::new(net.clients(node), AMQP), SocketAddrV4::new(net.peers(node), PEERS));
            let place = Place { inside: net.inside(node), node: name(node), amqp, peers, epmd_port: EPMD };
            let folder = folder.join(node.to_string());
            nodes.push(PrivateBroker::lay(&folder, place, &settings).expect("a private node"));
            let kernel = format!("[{{kernel, [{{net_ticktime, {TICK_SECONDS}}}]}}].\n");
            std::fs::write(folder.join("advanced.config"), kernel).expect("a configuration");
            shared_secret(&folder.join("home/.erlang.cookie"), &hex::encode(cookie));
        }
        let mut cluster = Cluster { nodes, net };
        for node in &mut cluster.nodes {
            node.launch().expect("a node that starts");
        }
        let begun = Instant::now();
        while !cluster.is_whole() {
            assert!(begun.elapsed() < PATIENCE, "the nodes do not become a cluster");
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        let file = cluster.nodes[0].definitions();
        std::fs::write(&file, definitions.to_string()).expect("the definitions");
        cluster.ctl(0, &["import_definitions", file.to_str().expect("UTF-8")]);
        // The import goes on after the command has ended.
        let queues = definitions["queues"].as_array().expect("queues").len();
        while cluster.replicas(0).iter().filter(|queue| queue.leader.is_some()).count() < queues {
            assert!(begun.elapsed() < PATIENCE, "the queues do not come up");
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        cluster
    }

    /// Cuts a node off; what has no wire left hears nobody.
    pub fn cut(&self, node: usize, wires: &[Wire]) {
        wires.iter().for_each(|wire| self.net.plug(node, *wire, false));
    }

    pub fn mend(&self, node: usize) {
        WIRES.iter().for_each(|wire| self.net.plug(node, *wire, true));
    }

    /// Every node speaks AMQP (a paused one does not) and sees all others.
    pub fn is_whole(&self) -> bool {
        let all_answer = self.nodes.iter().all(PrivateBroker::answers);
        all_answer && (0..NODES).all(|node| self.seen_by(node) == Some(NODES))
    }

    /// How many nodes each one sees running; none where it does not answer.
    pub fn views(&self) -> Vec<Option<usize>> {
        (0..NODES).map(|node| self.seen_by(node)).collect()
    }

    /// The node that sees the fewest: of a cluster that is not whole, the one to restart.
    pub fn outsider(&self) -> usize {
        (0..NODES).min_by_key(|node| self.seen_by(*node)).expect("nodes")
    }

    /// How many nodes run, as this one sees it.
    fn seen_by(&self, node: usize) -> Option<usize> {
        let said = self.nodes[node].ctl(&["--quiet", "cluster_status", "--formatter", "json"]).ok()?;
        let status: Value = serde_json::from_slice(&said.stdout).ok()?;
        status["running_nodes"].as_array().map(Vec::len)
    }

    /// Where the queues lie, as this node sees it.
    pub fn replicas(&self, node: usize) -> Vec<Replicas> {
        let asked =
            ["--quiet", "list_queues", "-p", VHOST, "name", "leader", "members", "online", "--formatter", "json"];
        let listed: Value = serde_json::from_slice(&self.ctl(node, &asked)).expect("a list of queues");
        let number = |name: &Value| self.nodes.iter().position(|node| *node.place().node == *name);
        let numbers = |names: &Value| names.as_array().into_iter().flatten().filter_map(number).collect();
        let replicas = |queue: &Value| Replicas {
            queue: queue["name"].as_str().expect("a name").to_owned(),
            leader: number(&queue["leader"]),
            members: numbers(&queue["members"]),
            online: numbers(&queue["online"]),
        };
        listed.as_array().expect("a list").iter().map(replicas).collect()
    }

    pub fn leader_of(&self, queue: &str) -> usize {
        let replicas = self.replicas(0);
        let found = replicas.iter().find(|replicas| replicas.queue == queue);
        found.and_then(|replicas| replicas.leader).unwrap_or_else(|| panic!("{queue} has no leader: {replicas:?}"))
    }

    fn ctl(&self, node: usize, arguments: &[&str]) -> Vec<u8> {
        let output = self.nodes[node].ctl(arguments).expect("rabbitmqctl");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        output.stdout
    }
}

impl Broker for Cluster {
    fn addresses(&self) -> Vec<Address> {
        let at = |node: &PrivateBroker| {
            let at = node.place().amqp;
            Address::new(&at.ip().to_string(), at.port()).expect("an address")
        };
        self.nodes.iter().map(at).collect()
    }
}

/// By it nodes and their tools know each other; Erlang refuses one that others may read.
fn shared_secret(path: &Path, secret: &str) {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let file = std::fs::File::options().write(true).create_new(true).mode(0o400).open(path);
    file.and_then(|mut file| file.write_all(secret.as_bytes())).expect("the nodes' shared secret");
}
