//! The load over wires of its own: between each daemon and the broker stands a proxy, one per daemon.

use std::time::Duration;

use crate::support::amqp_proxy::{AmqpProxy, Fault, Role};
use crate::support::footprint::Footprint;

use super::load::{CITIES, Load};

/// A wire that says nothing is given up after twice the heartbeat.
const SHORT: &str = "heartbeat_seconds = 2\nconnect_timeout_seconds = 5\n";
/// Cases under way at most: they only have to keep frames going.
const OPEN_MOST: i64 = 30;

pub struct Wired {
    pub load: Load,
    pub proxies: [AmqpProxy; 2],
}

impl Wired {
    /// Homes, a broker and the wires; no daemon runs yet.
    pub async fn prepare() -> Wired {
        let load = Load::prepare(&CITIES);
        let broker = load.exchange.broker.port();
        let proxies = [AmqpProxy::new(broker).await, AmqpProxy::new(broker).await];
        for (agency, proxy) in load.exchange.agencies.iter().zip(&proxies) {
            let text = std::fs::read_to_string(agency.config()).expect("a configuration");
            let wired = text.replace(&format!("port = {broker}\n"), &format!("port = {}\n{SHORT}", proxy.port));
            assert_ne!(text, wired, "the broker's port stands in the configuration");
            std::fs::write(agency.config(), wired).expect("a configuration");
        }
        Wired { load, proxies }
    }

    /// Both daemons run, have worked and lost each connection once: what is made at its first use or loss, as the
    /// runtime on which sockets of lost connections are closed, is there.
    pub async fn start(&mut self) {
        self.load.exchange.start_all().await;
        self.load.add(8);
        self.load.drain().await;
        for role in [Role::Publishing, Role::Consuming] {
            for proxy in &self.proxies {
                proxy.arm(Fault::Reset { role });
            }
            while !self.proxies.iter().all(AmqpProxy::has_struck) {
                self.work().await;
                tokio::time::sleep(Duration::from_millis(15)).await;
            }
            self.proxies.iter().for_each(AmqpProxy::disarm);
        }
        self.load.drain().await;
    }

    /// One turn of steady work.
    pub async fn work(&mut self) {
        if self.load.all_handed_in() && self.load.open_cases().await < OPEN_MOST {
            self.load.add(4);
        }
        self.load.hand_in().await;
        self.load.bank_turn().await;
    }

    /// What each daemon holds once nothing goes on.
    pub async fn held(&self, calm: Duration) -> [Footprint; 2] {
        let pids = [0, 1].map(|n| self.load.exchange.agencies[n].pid().expect("a running daemon"));
        let (left, right) = tokio::join!(Footprint::settled(pids[0], calm), Footprint::settled(pids[1], calm));
        [left, right]
    }
}
