//! `/metrics` for Prometheus, from the flow's counters and the store. Labels are words and codes, never personal.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::WebState;
use super::errors::PageError;
use crate::domain::time::Moment;
use crate::flow::counters::{Counters, Durations};
use crate::store::Free;
use crate::store::views::Overview;
use crate::transport::TransportStatus;

type Labels = Vec<(&'static str, String)>;

pub async fn page(State(state): State<Arc<WebState>>) -> Result<Response, PageError> {
    let now = (state.now)();
    let today = now.china_date();
    let mut registry = Registry::with_prefix("jiexu");
    gauge(&mut registry, "process_uptime_seconds", "Since this daemon started", now.ms_since(state.started_at) / 1000);
    counted(&mut registry, &state.counters);
    broker(&mut registry, &state.transport.status());
    disk(&mut registry, &state.room.look());
    // Counters must stay readable while the database is away.
    match state.views.overview(today, state.soon_until(today)).await {
        Ok(overview) => {
            gauge(&mut registry, "database_up", "1 while the database can be read", 1);
            stored(&mut registry, &overview, |at| now.ms_since(at) / 1000);
        }
        Err(_) => gauge(&mut registry, "database_up", "1 while the database can be read", 0),
    }
    let mut text = String::new();
    encode(&mut text, &registry).expect("a string takes all that is written");
    Ok(([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response())
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: i64) {
    let gauge: Gauge = Gauge::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn counter(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let counter: Counter<u64, AtomicU64> = Counter::default();
    counter.inc_by(value);
    registry.register(name, help, counter);
}

fn gauges(registry: &mut Registry, name: &str, help: &str, rows: impl IntoIterator<Item = (Labels, i64)>) {
    let family: Family<Labels, Gauge> = Family::default();
    for (labels, value) in rows {
        family.get_or_create(&labels).inc_by(value);
    }
    registry.register(name, help, family);
}

/// What the flow counted since the start.
fn counted(registry: &mut Registry, counts: &Counters) {
    for (name, help, count) in [
        ("deliveries", "Deliveries taken from our queue", &counts.deliveries),
        ("messages_applied", "Verified messages acted on", &counts.applied),
        ("messages_duplicate", "Verified messages seen before", &counts.duplicates),
        ("messages_early", "Verified messages kept for later", &counts.early),
        ("messages_refused", "Verified messages refused", &counts.refused),
        ("letters_published", "Letters the broker confirmed", &counts.published),
        ("letters_unroutable", "Letters no queue takes", &counts.unroutable),
        ("letters_unconfirmed", "Letters of unknown fate, sent again", &counts.unconfirmed),
        ("letters_resent", "Letters sent more than once", &counts.resent),
        ("receipts", "Receipt messages made", &counts.receipts),
        ("receipt_entries", "Entries in receipt messages", &counts.receipt_entries),
        ("commits", "Transactions committed", &counts.commits),
        ("events", "Events committed", &counts.events),
        ("commit_failures", "Transactions that failed and were tried again", &counts.commit_failures),
    ] {
        counter(registry, name, help, count.get());
    }
    let dead: Family<Labels, Counter> = Family::default();
    for (reason, count) in counts.dead_letters() {
        dead.get_or_create(&vec![("reason", reason.to_owned())]).inc_by(count);
    }
    registry.register("dead_letters", "Frames that could not be taken", dead);
    for (name, help, durations) in [
        ("commit_duration", "Time of one transaction", &counts.commit_time),
        ("intake_duration", "From a delivery to its acknowledgement", &counts.intake_time),
    ] {
        let (count, sum_us, buckets) = durations.read();
        registry.register_collector(Box::new(Histogram { name, help, count, sum_us, buckets }));
    }
}

fn broker(registry: &mut Registry, status: &TransportStatus) {
    gauge(registry, "broker_consuming", "1 while deliveries can come", i64::from(status.consuming));
    gauge(registry, "broker_publishing", "1 while letters can leave", i64::from(status.publishing));
    gauge(registry, "broker_blocked", "1 while the broker blocks us", i64::from(status.blocked.is_some()));
    let at = [("consume", &status.consuming_at), ("publish", &status.publishing_at)];
    let at = at
        .into_iter()
        .filter_map(|(side, address)| Some((vec![("side", side.to_owned()), ("address", address.clone()?)], 1)));
    gauges(registry, "broker_connected", "1 for the address at which each connection is, while it is up", at);
    counter(registry, "broker_reconnects", "Connections rebuilt", status.reconnects);
    if let Some(depth) = status.queue_depth {
        gauge(registry, "queue_messages", "Messages ready in our queue", i64::try_from(depth).unwrap_or(i64::MAX));
    }
}

fn disk(registry: &mut Registry, disk: &Free) {
    let bytes = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    gauge(registry, "disk_free_bytes", "Free bytes on the disk of the database", bytes(disk.free_bytes));
    gauge(registry, "disk_low", "1 while nothing new is taken because the disk is nearly full", i64::from(disk.low));
}

/// What the store holds now.
fn stored(registry: &mut Registry, o: &Overview, age: impl Fn(Moment) -> i64) {
    let cases = o.cases.iter().map(|row| {
        let money = row.money.clone().unwrap_or_default();
        let open = if row.open { "1" } else { "0" }.to_owned();
        let labels = vec![("role", row.role.clone()), ("open", open), ("relation", row.relation.clone())];
        ([labels, vec![("money", money), ("holder", row.holder.clone())]].concat(), row.count)
    });
    gauges(registry, "cases", "Cases by state", cases);
    let due = o.due.iter().flat_map(|row| {
        let of =
            |when: &str| vec![("role", row.role.clone()), ("holder", row.holder.clone()), ("due", when.to_owned())];
        [(of("overdue"), row.overdue), (of("today"), row.today), (of("soon"), row.soon), (of("later"), row.later)]
    });
    gauges(registry, "cases_due", "Open cases by deadline", due);
    let one = |name: &'static str, value: &String| vec![(name, value.clone())];
    let inbox = o.inbox.iter().map(|row| (one("state", &row.state), row.count));
    gauges(registry, "inbox_messages", "Messages received by state", inbox);
    let outbox = o.outbox.iter().map(|row| (one("state", &row.state), row.count));
    gauges(registry, "outbox_messages", "Messages made by state", outbox);
    let troubles = o.troubles.iter().map(|row| (one("trouble", &row.code), row.count));
    gauges(registry, "outbox_troubles", "Open messages by trouble", troubles);
    gauges(registry, "tasks_open", "Open tasks by kind", o.tasks.iter().map(|row| (one("kind", &row.code), row.count)));
    let dead = o.dead_letters.iter().map(|row| (one("reason", &row.code), row.count));
    gauges(registry, "dead_letters_open", "Open dead letters by reason", dead);
    let payments = o.payments.iter().map(|row| (one("state", &row.word), row.count));
    gauges(registry, "payments", "Payments by state", payments);
    let ledger = o.ledger.iter().map(|row| (one("class", &row.word), row.fen.0));
    gauges(registry, "ledger_fen", "Balance of each class of accounts", ledger);
    gauge(registry, "suspense_lines", "Bank lines that belong to no case", o.suspense.count);
    let oldest = |at: Option<Moment>| at.map_or(0, &age);
    gauge(registry, "outbox_oldest_seconds", "Age of the oldest unreceipted message", oldest(o.oldest_unreceipted));
    gauge(registry, "inbox_early_oldest_seconds", "Age of the oldest early message", oldest(o.oldest_early));
    gauge(registry, "suspense_oldest_seconds", "Age of the oldest unmatched bank line", oldest(o.suspense.oldest));
}

/// A snapshot of `Durations`.
#[derive(Debug)]
struct Histogram {
    name: &'static str,
    help: &'static str,
    count: u64,
    sum_us: u64,
    buckets: [u64; Durations::LIMITS_US.len()],
}

impl Collector for Histogram {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let metric = encoder.encode_descriptor(self.name, self.help, Some(&Unit::Seconds), MetricType::Histogram)?;
        EncodeMetric::encode(&Snapshot(self), metric)
    }
}

struct Snapshot<'a>(&'a Histogram);

impl EncodeMetric for Snapshot<'_> {
    fn encode(&self, mut encoder: MetricEncoder) -> Result<(), std::fmt::Error> {
        let limits = Durations::LIMITS_US.iter().map(|us| *us as f64 / 1e6);
        let mut buckets: Vec<(f64, u64)> = limits.zip(self.0.buckets).collect();
        let inside: u64 = self.0.buckets.iter().sum();
        buckets.push((f64::INFINITY, self.0.count.saturating_sub(inside)));
        encoder.encode_histogram::<NoLabelSet>(self.0.sum_us as f64 / 1e6, self.0.count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}
