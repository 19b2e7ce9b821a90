//! A TCP relay that can cut every connection through it at once.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

pub struct WireCutter {
    pub port: u16,
    lines: Arc<Mutex<Vec<AbortHandle>>>,
    accepting: AbortHandle,
}

impl WireCutter {
    /// Listens on a free port and relays to `to` on this machine.
    pub async fn new(to: u16) -> WireCutter {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();

        let lines: Arc<Mutex<Vec<AbortHandle>>> = Arc::default();
        let open = Arc::clone(&lines);
        let accepting = tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let line = tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await else { return };
                    let _ = near.set_nodelay(true);
                    let _ = far.set_nodelay(true);
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
                open.lock().unwrap().push(line.abort_handle());
            }
        });
        WireCutter { port, lines, accepting: accepting.abort_handle() }
    }

    pub fn cut(&self) {
        for line in self.lines.lock().unwrap().drain(..) {
            line.abort();
        }
    }
}

impl Drop for WireCutter {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}
