//! A broker of several nodes: a connection goes round through their addresses to one that works, and says which it is.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use jiexu::transport::Transport;
use jiexu::transport::address::Address;
use jiexu::transport::amqp::{AmqpConfig, AmqpTransport};
use jiexu::transport::{Published, TransportStatus};

use super::conformance::{letter, tags, take, texts};
use crate::support::eventually;
use crate::support::rabbit::{self, local};
use crate::support::wire_cutter::WireCutter;

fn works_at(status: &TransportStatus, address: &Address) -> bool {
    status.consuming && status.publishing && status.addresses() == [address.to_string()]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_away_silent_or_lost_is_left_for_the_next() {
    let broker = rabbit::shared().await;
    let [from, to] = rabbit::pair();
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let wire = WireCutter::new(broker.port()).await;
    let nodes = [free, silent.local_addr().unwrap().port(), wire.port, broker.port()].map(local);
    let (wired, direct) = (nodes[2].clone(), nodes[3].clone());
    let start = |agency: &str| {
        AmqpTransport::start(AmqpConfig {
            addresses: nodes.to_vec(),
            // Long enough for a node that answers, also on a slow machine; the silent one costs it once.
            connect_timeout: Duration::from_secs(5),
            ..rabbit::config(broker.port(), agency)
        })
    };
    let (left, right) = (start(&from), start(&to));
    for transport in [&left, &right] {
        transport.start_consuming();
        eventually("the third address works", || works_at(&transport.status(), &wired)).await;
        assert_eq!(transport.status().fault, None, "what went before is no fault any more");
    }
    assert_eq!(left.publish(&[letter(&from, &to, "1", b"one")]).await, [Published::Routed]);
    let got = take(&right, 1).await;
    right.acknowledge(&tags(&got)).await;
    // The node is lost with all its connections.
    drop(wire);
    for transport in [&left, &right] {
        eventually("the fourth address works", || works_at(&transport.status(), &direct)).await;
    }
    assert_eq!(left.publish(&[letter(&from, &to, "2", b"two")]).await, [Published::Routed]);
    let mut got = texts(&take(&right, 1).await);
    if got == ["one"] {
        // Its acknowledgement was lost with the node.
        got = texts(&take(&right, 1).await);
    }
    assert_eq!(got, ["two"]);
    left.close().await;
    right.close().await;
    assert!(left.status().addresses().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_names_the_address_at_which_it_came() {
    let nodes = [(); 2].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
    let nodes = nodes.map(|listener| local(listener.local_addr().unwrap().port()));
    let config = AmqpConfig { addresses: nodes.to_vec(), ..rabbit::config(1, "NOBODY") };
    let transport = AmqpTransport::start(config);
    for node in &nodes {
        let said = || transport.status().fault.is_some_and(|(_, text)| text.contains(&format!("({node}: ")));
        eventually("each address is named", said).await;
    }
    transport.close().await;
}
