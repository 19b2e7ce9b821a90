//! Starts an agency's parts and stops them in order: consuming first, then what is in hand, then the database.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tracing::{info, warn};

use super::home::{Home, HomeError, OPEN_FILES_ADVISED, open_files};
use super::office::Office;
use super::socket;
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::event::Mint;
use crate::domain::ids::{CaseId, MessageId};
use crate::domain::restore::Restore;
use crate::domain::time::Moment;
use crate::fault;
use crate::flow::clerk::Clerk;
use crate::flow::clocks::Clocks;
use crate::flow::counters::Counters;
use crate::flow::intake::Intake;
use crate::flow::pipeline::Pipeline;
use crate::flow::relay::Relay;
use crate::flow::restoring;
use crate::flow::site::Site;
use crate::ids;
use crate::store::{Store, StoreError};
use crate::transport::Transport;
use crate::transport::address::Address;
use crate::transport::amqp::{AmqpConfig, AmqpTransport};
use crate::web::{self, AgencyLabel, WebState};

/// Jobs waiting for the pipeline; more senders wait.
const JOBS_MAX: usize = 64;
/// Windows waiting for the relay; what does not fit is found in the table.
const WINDOWS_MAX: usize = 32;
/// Everything in hand is finished or left to the broker within this.
const STOP_LIMIT: Duration = Duration::from_secs(8);

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Home(#[from] HomeError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("LISTEN 无法监听 {address}（端口已被占用？）/ cannot listen on {address} (in use?): {cause}")]
    Listen { address: String, cause: std::io::Error },
    #[error(
        "PART_ENDED 内部任务意外结束，进程退出以便重启 / a part ended unexpectedly; the process ends to start again"
    )]
    PartEnded,
    #[error(
        "BOOKS_BROKEN 账目自检未通过，拒绝启动；请运行 jiexu verify / the books do not verify; run jiexu verify: {0}"
    )]
    Books(String),
    #[error(
        "RESTORE_UNAPPROVED 数据库是 {0} 放回的副本，尚未经另一人批准，拒绝启动 / the database is a copy that {0} put back, and no other person has approved it"
    )]
    Unapproved(String),
}

struct RandomMint;

impl Mint for RandomMint {
    fn message_id(&mut self, at: Moment) -> MessageId {
        ids::message_id(at)
    }
    fn case_id(&mut self, at: Moment) -> CaseId {
        ids::case_id(at)
    }
}

/// The pipeline with its handles: what acting needs, with or without a broker.
pub struct Desk {
    pub office: Office,
    pipeline: JoinHandle<()>,
}

impl Desk {
    /// Opens the database for one command, without a daemon. `STORE_IN_USE` while one runs.
    pub async fn alone(config_file: &Path) -> Result<Desk, RunError> {
        let home = Home::open(config_file)?;
        let clock = home.clock.clone();
        let (_, site, store) = home.site().await?;
        let counters = Arc::new(Counters::default());
        let (relay, _fresh) = mpsc::channel(1);
        let (changed, changes) = watch::channel(0);
        let (clerk, pipeline) = start_pipeline(&site, &store, &counters, relay, changed).await?;
        let views = store.views();
        let office = Office { clerk, store, views, transport: None, changes, started_at: clock.now(), clock };
        Ok(Desk { office, pipeline })
    }

    /// Waits for what is in hand and closes the database.
    pub async fn close(self) {
        let Desk { office, pipeline } = self;
        let store = Arc::clone(&office.store);
        drop(office);
        let _ = tokio::time::timeout(STOP_LIMIT, pipeline).await;
        store.close().await;
    }
}

async fn start_pipeline(
    site: &Arc<Site>,
    store: &Arc<Store>,
    counters: &Arc<Counters>,
    relay: mpsc::Sender<Vec<crate::flow::pipeline::Fresh>>,
    changed: watch::Sender<u64>,
) -> Result<(Clerk, JoinHandle<()>), StoreError> {
    let (jobs, waiting) = mpsc::channel(JOBS_MAX);
    let mint = Box::new(RandomMint);
    let pipeline = Pipeline::new(Arc::clone(site), Arc::clone(store), Arc::clone(counters), mint).await?;
    let task = tokio::spawn(pipeline.run(waiting, relay, changed));
    Ok((Clerk { site: Arc::clone(site), store: Arc::clone(store), jobs }, task))
}

/// A running daemon.
pub struct Running {
    store: Arc<Store>,
    transport: Arc<AmqpTransport>,
    /// Loops that work until told to stop.
    loops: JoinSet<()>,
    pipeline: JoinHandle<()>,
    stop: watch::Sender<bool>,
    socket: std::path::PathBuf,
    /// Where the pages are; none when switched off.
    pub pages: Option<std::net::SocketAddr>,
}

impl Running {
    /// Checks everything, then starts: database and books first, the broker last.
    pub async fn start(config_file: &Path) -> Result<Running, RunError> {
        let home = Home::open(config_file)?;
        let files = open_files()?;
        if files < OPEN_FILES_ADVISED {
            warn!(
                code = "FEW_OPEN_FILES",
                limit = files,
                advised = OPEN_FILES_ADVISED,
                "可打开文件数偏少，请提高 LimitNOFILE / few files may be open: raise LimitNOFILE"
            );
        }
        fault::point("start.home");
        let (brokers, password) = (home.brokers.clone(), home.broker_password()?);
        let clock = home.clock.clone();
        if !clock.is_real() {
            warn!(code = "TRIAL_CLOCK", now = %clock.now(), "使用演示时钟，不得用于正式办理 / an invented clock runs: for trials only");
        }
        let (config, site, store) = home.site().await?;
        if let Some(last) = store.rebuilding().await?.last.filter(Restore::is_pending) {
            return Err(RunError::Unapproved(last.by));
        }
        if store.is_checked_at_start() {
            store.check_file().await?;
        }
        fault::point("start.site");
        check_books(&store).await?;
        fault::point("start.books");
        let counters = Arc::new(Counters::default());
        let (relay_in, fresh) = mpsc::channel(WINDOWS_MAX);
        let (changed, changes) = watch::channel(0);
        let (stop, stopping) = watch::channel(false);
        let (clerk, pipeline) = start_pipeline(&site, &store, &counters, relay_in, changed).await?;
        fault::point("start.pipeline");
        let transport = Arc::new(AmqpTransport::start(amqp_config(&config, brokers, &password)));
        let carrier: Arc<dyn Transport> = transport.clone();
        let jobs = clerk.jobs.clone();
        let mut loops = JoinSet::new();
        loops.spawn(
            Intake {
                site: Arc::clone(&site),
                store: Arc::clone(&store),
                transport: Arc::clone(&carrier),
                counters: Arc::clone(&counters),
                jobs: jobs.clone(),
            }
            .run(stopping.clone()),
        );
        loops.spawn(
            Relay {
                site: Arc::clone(&site),
                store: Arc::clone(&store),
                transport: Arc::clone(&carrier),
                counters: Arc::clone(&counters),
                jobs: jobs.clone(),
                patience: config.relay,
            }
            .run(fresh, stopping.clone()),
        );
        let teller = Clerk { site: Arc::clone(&site), store: Arc::clone(&store), jobs: jobs.clone() };
        loops.spawn(restoring::run(teller, changes.clone(), stopping.clone()));
        loops.spawn(Clocks { site: Arc::clone(&site), store: Arc::clone(&store), jobs }.run(stopping.clone()));
        let started_at = clock.now();
        let office = Arc::new(Office {
            clerk,
            store: Arc::clone(&store),
            views: store.views(),
            transport: Some(Arc::clone(&carrier)),
            changes: changes.clone(),
            started_at,
            clock: clock.clone(),
        });
        let socket_path = config.socket();
        let listen = |address: String| move |cause| RunError::Listen { address, cause };
        let listener = socket::bind(&socket_path).map_err(listen(socket_path.display().to_string()))?;
        fault::point("start.socket");
        loops.spawn(socket::serve(listener, office, stopping.clone()));
        let pages =
            start_pages(&config, &site, &store, carrier, counters, changes, clock, &mut loops, stopping).await?;
        fault::point("start.ready");
        info!(agency = %site.us, directory = site.directory.version, pages = pages.map(|at| at.to_string()), "已启动 / started");
        Ok(Running { store, transport, loops, pipeline, stop, socket: socket_path, pages })
    }

    /// Runs until `signal` resolves, then stops in order. An error when a part ended by itself.
    pub async fn until(mut self, signal: impl Future<Output = ()>) -> Result<(), RunError> {
        tokio::pin!(signal);
        let ended = tokio::select! {
            () = &mut signal => false,
            _ = self.loops.join_next() => true,
            _ = &mut self.pipeline => true,
        };
        self.stop().await;
        if ended { Err(RunError::PartEnded) } else { Ok(()) }
    }

    async fn stop(mut self) {
        info!("正在停止：完成手中消息 / stopping: finishing what is in hand");
        self.stop.send_replace(true);
        let _ = std::fs::remove_file(&self.socket);
        let finish = async {
            self.transport.close().await;
            while self.loops.join_next().await.is_some() {}
            // Its end may be why we stop, and it cannot be awaited twice.
            if !self.pipeline.is_finished() {
                let _ = (&mut self.pipeline).await;
            }
        };
        if tokio::time::timeout(STOP_LIMIT, finish).await.is_err() {
            // Nothing is lost: what was not acknowledged comes again, what was not sent is in the outbox.
            self.loops.abort_all();
            self.pipeline.abort();
        }
        self.store.close().await;
        info!("已停止 / stopped");
    }
}

async fn check_books(store: &Store) -> Result<(), RunError> {
    let report = store.verify_books().await?;
    let broken: Vec<String> = report.iter().flat_map(|check| check.broken.iter().cloned()).collect();
    if broken.is_empty() { Ok(()) } else { Err(RunError::Books(broken.join(", "))) }
}

fn amqp_config(config: &Config, brokers: Vec<Address>, password: &str) -> AmqpConfig {
    let broker = &config.broker;
    AmqpConfig {
        vhost: broker.vhost.clone(),
        heartbeat_seconds: broker.heartbeat_seconds,
        prefetch: broker.prefetch,
        connect_timeout: Duration::from_secs(u64::from(broker.connect_timeout_seconds)),
        ..AmqpConfig::new(brokers, &config.agency.code, password)
    }
}

#[expect(clippy::too_many_arguments, reason = "composition: each part of the daemon is named once")]
async fn start_pages(
    config: &Config,
    site: &Arc<Site>,
    store: &Arc<Store>,
    transport: Arc<dyn Transport>,
    counters: Arc<Counters>,
    changes: watch::Receiver<u64>,
    clock: Clock,
    loops: &mut JoinSet<()>,
    mut stopping: watch::Receiver<bool>,
) -> Result<Option<std::net::SocketAddr>, RunError> {
    if config.web.listen.port() == 0 {
        return Ok(None);
    }
    let address = config.web.listen.to_string();
    let listener = TcpListener::bind(config.web.listen).await.map_err(|cause| RunError::Listen { address, cause })?;
    let pages = listener.local_addr().ok();
    let name = site.directory.agency(&site.us).map_or_else(|| site.us.to_string(), |us| us.name.clone());
    let (names, known) = (Arc::clone(site), Arc::clone(site));
    let state = WebState {
        views: store.views(),
        agency: AgencyLabel { code: site.us.to_string(), name },
        names: Arc::new(move |code| {
            let code = crate::domain::ids::AgencyCode::new(code).ok();
            let agency = code.as_ref().and_then(|code| names.directory.agency(code));
            agency
                .map_or_else(|| code.as_ref().map(ToString::to_string).unwrap_or_default(), |it| it.short_name.clone())
        }),
        transport,
        room: Arc::clone(store.room()),
        changes,
        counters,
        started_at: clock.now(),
        is_trial: !clock.is_real(),
        now: Arc::new(move || clock.now()),
        hosts: config.web.hosts.clone(),
        calendar: Arc::new(move || known.calendar()),
    };
    let router = web::router(Arc::new(state));
    loops.spawn(async move {
        let stopped = async move {
            let _ = stopping.wait_for(|stop| *stop).await;
        };
        // Live update streams never end by themselves: what is still open when we stop is cut.
        let serve = axum::serve(listener, router).into_future();
        tokio::select! {
            () = stopped => {}
            _ = serve => {}
        }
    });
    Ok(pages)
}
