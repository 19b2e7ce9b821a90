//! The pages as a browser gets them, on seeded data.

mod seed;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use axum::response::Response;
use jiexu::domain::calendar::Calendar;
use jiexu::flow::counters::Counters;
use jiexu::store::Room;
use jiexu::store::views::{CaseQuery, Views};
use jiexu::transport::{Delivery, Letter, Published, Tag, Transport, TransportError, TransportStatus};
use jiexu::web::{AgencyLabel, WebState, router};
use sqlx::SqlitePool;
use tempfile::TempDir;
use tokio::sync::watch;
use tower::ServiceExt;

/// A broker of which pages only ask how it is.
#[derive(Default)]
struct Broker(Mutex<TransportStatus>);

#[async_trait]
impl Transport for Broker {
    async fn receive(&self, _max: usize) -> Result<Vec<Delivery>, TransportError> {
        Err(TransportError::Closed)
    }
    async fn acknowledge(&self, _tags: &[Tag]) {}
    async fn publish(&self, _window: &[Letter]) -> Vec<Published> {
        Vec::new()
    }
    fn status(&self) -> TransportStatus {
        self.0.lock().expect("no test panics here").clone()
    }
    async fn close(&self) {}
}

struct World {
    _folder: TempDir,
    pool: SqlitePool,
    views: Views,
    broker: Arc<Broker>,
    changes: watch::Sender<u64>,
    router: axum::Router,
}

impl World {
    async fn seeded() -> World {
        let folder = tempfile::tempdir().expect("a folder");
        let pool = seed::sixty_cases(&folder.path().join("jiexu.db")).await;
        World::over(folder, pool)
    }

    async fn empty() -> World {
        let folder = tempfile::tempdir().expect("a folder");
        let pool = seed::empty(&folder.path().join("jiexu.db")).await;
        World::over(folder, pool)
    }

    fn over(folder: TempDir, pool: SqlitePool) -> World {
        let status = TransportStatus {
            consuming: true,
            publishing: true,
            consuming_at: Some("mq1:5672".to_owned()),
            publishing_at: Some("[fd00::2]:5672".to_owned()),
            queue_depth: Some(3),
            ..Default::default()
        };
        let broker = Arc::new(Broker(Mutex::new(status)));
        let (changes, watching) = watch::channel(7);
        let counters = Arc::new(Counters::default());
        counters.applied.add(5);
        counters.commit_time.observe(700);
        counters.dead_letter("BAD_SIGNATURE");
        let name = |code: &str| {
            let known = seed::PEERS.iter().find(|(peer, _)| *peer == code);
            known.map_or(code, |(_, name)| name).to_owned()
        };
        let state = WebState {
            views: Views::new(pool.clone()),
            agency: AgencyLabel { code: "000999".to_owned(), name: "模拟本市医疗保障事业中心".to_owned() },
            names: Arc::new(name),
            transport: broker.clone(),
            room: Arc::new(Room::beside(folder.path())),
            changes: watching,
            now: Arc::new(|| seed::NOW),
            is_trial: false,
            counters,
            started_at: seed::NOW.plus_ms(-60_000),
            hosts: vec!["jiexu.example".to_owned()],
            calendar: Arc::new(Calendar::shipped),
        };
        let views = state.views.clone();
        World { _folder: folder, pool, views, broker, changes, router: router(Arc::new(state)) }
    }

    async fn ask(&self, request: axum::http::request::Builder) -> Response {
        let request = request.body(Body::empty()).expect("a request");
        self.router.clone().oneshot(request).await.expect("the router always answers")
    }

    async fn get(&self, address: &str) -> (StatusCode, String) {
        let response = self.ask(Request::get(address).header("host", "localhost:8080")).await;
        (response.status(), text(response).await)
    }
}

async fn text(response: Response) -> String {
    let body = to_bytes(response.into_body(), 8 << 20).await.expect("a body");
    String::from_utf8(body.to_vec()).expect("UTF-8")
}

fn case_address(n: usize) -> String {
    format!("/cases/{}", uuid::Uuid::from_bytes(seed::case_id(n)))
}

const DEAD: &str = "/dead-letters/0101010101010101010101010101010101010101010101010101010101010101";
const LISTS: [&str; 6] = ["/", "/cases", "/tasks", "/money", "/queues", "/dead-letters"];

/// Every page there is, with every case.
fn addresses() -> Vec<String> {
    let lists = LISTS.into_iter().map(str::to_owned);
    lists.chain((0..60).map(case_address)).chain([DEAD.to_owned(), DEAD.replace("01", "02")]).collect()
}

#[tokio::test]
async fn every_page_answers_in_both_languages() {
    let world = World::seeded().await;
    for address in addresses() {
        let (status, zh) = world.get(&address).await;
        assert_eq!(status, StatusCode::OK, "{address}");
        assert!(zh.contains(r#"<html lang="zh-CN">"#) && zh.contains("总览"), "{address}");
        let (status, en) = world.get(&format!("{address}?lang=en")).await;
        assert_eq!(status, StatusCode::OK, "{address}");
        assert!(en.contains(r#"<html lang="en">"#) && en.contains("Overview"), "{address}");
        let by_cookie = Request::get(&address).header("host", "127.0.0.1").header("cookie", "a=b; lang=en");
        assert!(text(world.ask(by_cookie).await).await.contains(r#"<html lang="en">"#));
    }
}

#[tokio::test]
async fn the_language_switch_keeps_the_path_and_is_remembered() {
    let world = World::seeded().await;
    let response = world.ask(Request::get("/cases?role=incoming&lang=en").header("host", "localhost")).await;
    let cookie = response.headers()["set-cookie"].to_str().expect("ASCII").to_owned();
    assert!(cookie.starts_with("lang=en; Path=/") && cookie.contains("SameSite"));
    assert!(text(response).await.contains(r#"href="/cases?role=incoming&#38;lang=zh""#));
}

#[tokio::test]
async fn no_page_and_no_view_shows_a_raw_number_or_a_whole_name() {
    let world = World::seeded().await;
    let mut seen = Vec::new();
    for address in
        addresses().into_iter().chain(["/metrics".to_owned(), "/cases?q=%E7%94%84%E8%AF%95%E4%B8%80x".to_owned()])
    {
        seen.push(world.get(&address).await.1);
    }
    let views = &world.views;
    let case = jiexu::domain::ids::CaseId(uuid::Uuid::from_bytes(seed::case_id(16)));
    let calendar = Calendar::shipped();
    let shown = views.case(case, &calendar, seed::NOW).await.expect("readable");
    seen.push(serde_json::to_string(&shown).expect("JSON"));
    seen.push(
        serde_json::to_string(
            &views.cases(&CaseQuery { limit: Some(500), ..Default::default() }).await.expect("readable"),
        )
        .expect("JSON"),
    );
    let tasks = views.tasks(&Default::default(), &calendar, seed::NOW.china_date()).await.expect("readable");
    seen.push(serde_json::to_string(&tasks).expect("JSON"));
    seen.push(serde_json::to_string(&views.payments(&Default::default()).await.expect("readable")).expect("JSON"));
    seen.push(serde_json::to_string(&views.unmatched_lines(None, None).await.expect("readable")).expect("JSON"));
    let numbers = (0..60).flat_map(|n| [seed::document_no(n), seed::person_no(n)]);
    let raw: Vec<String> = numbers
        .chain(["6222000011112222333", "6217000099998888777", "000000199001011234"].map(str::to_owned))
        .chain(seed::NAMES.map(str::to_owned))
        .collect();
    for page in &seen {
        let page = page.replace("甄试一x", "");
        for value in &raw {
            assert!(!page.contains(value.as_str()), "{value} leaked in {}", &page[..200.min(page.len())]);
        }
    }
}

#[tokio::test]
async fn a_search_is_taken_literally_whatever_it_is() {
    let world = World::seeded().await;
    let count = |page: &str| page.matches(r#"<td class="head">"#).count();
    let (_, all) = world.get("/cases").await;
    assert_eq!(count(&all), 50);
    let long = "9".repeat(10_000);
    for nothing in ["%25", "_", "%27%20OR%201%3D1%20--", "%5C", long.as_str(), "%00", "%ff", "%E7%94%84"] {
        let (status, page) = world.get(&format!("/cases?q={nothing}")).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(count(&page), 0, "{}", &nothing[..nothing.len().min(30)]);
    }
    assert_eq!(count(&world.get("/cases?q=000999-2026-001").await.1), 30, "part of a letter no.");
    assert_eq!(count(&world.get("/cases?q=1007").await.1), 1, "the last four of a document");
    assert_eq!(count(&world.get("/cases?q=%E7%94%84%E8%AF%95%E4%B8%80").await.1), 10, "a whole name");
    let (_, filtered) = world.get("/cases?role=outgoing&money=REMITTING&holder=bank&peer=000202").await;
    assert!(count(&filtered) > 0 && count(&filtered) < 30);
    let (_, overdue) = world.get("/cases?due=overdue").await;
    assert!(count(&overdue) > 0);
    assert_eq!(overdue.matches("逾期 2026-11-18").count(), count(&overdue));
}

#[tokio::test]
async fn tasks_show_whose_they_are_and_until_when_and_are_found_by_both() {
    let world = World::seeded().await;
    let taken = "UPDATE tasks SET assignee = '王复核' WHERE kind = 'PAYEE_DIFFERS'";
    sqlx::query(taken).execute(&world.pool).await.expect("a task is taken");
    let count = |page: &str| page.matches(r#"<td class="head">"#).count();
    assert_eq!(count(&world.get("/tasks").await.1), 7);
    let (_, of_one) = world.get("/tasks?who=%E7%8E%8B%E5%A4%8D%E6%A0%B8").await;
    assert_eq!(count(&of_one), 1);
    assert!(of_one.contains("王复核") && of_one.contains("逾期 2026-11-18"), "{of_one}");
    assert_eq!(count(&world.get("/tasks?only=unassigned").await.1), 6);
    // Opened on the 15th and 16th, a weekend, and due in 3 working days; the others have until today or later.
    assert_eq!(count(&world.get("/tasks?only=overdue").await.1), 2);
    assert_eq!(count(&world.get("/tasks?who=nobody").await.1), 0);
    let (_, case) = world.get(&case_address(6)).await;
    assert!(case.contains("持球时间") && case.contains("本机构 5 · ") || case.contains("本机构 5</span>"), "{case}");
}

#[tokio::test]
async fn a_whole_document_number_does_not_stay_in_the_address() {
    let world = World::seeded().await;
    let asked = Request::get(format!("/cases?q={}&role=incoming", seed::document_no(8))).header("host", "localhost");
    let response = world.ask(asked).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()["location"], "/cases?role=incoming&q=1008");
}

#[tokio::test]
async fn the_pages_of_a_list_show_every_case_once() {
    let world = World::seeded().await;
    let mut wanted = CaseQuery { limit: Some(7), ..CaseQuery::default() };
    let mut seen = std::collections::BTreeSet::new();
    loop {
        let page = world.views.cases(&wanted).await.expect("readable");
        assert!(page.rows.len() <= 7);
        assert!(page.rows.iter().all(|row| seen.insert(row.case_id.clone())));
        match page.next {
            Some(next) => wanted.after = Some(next),
            None => break,
        }
    }
    assert_eq!(seen.len(), 60);
    let (_, first) = world.get("/cases").await;
    let next =
        first.split(r#"<p class="more"><a href=""#).nth(1).and_then(|rest| rest.split('"').next()).expect("a link");
    let (status, second) = world.get(&next.replace("&#38;", "&")).await;
    assert_eq!((status, second.matches(r#"<td class="head">"#).count()), (StatusCode::OK, 10));
}

#[tokio::test]
async fn every_answer_carries_the_strict_headers() {
    let world = World::seeded().await;
    for address in ["/", "/cases/nonsense", "/nowhere", "/metrics", "/live"] {
        let response = world.ask(Request::get(address).header("host", "localhost")).await;
        let headers = response.headers();
        let policy = headers["content-security-policy"].to_str().expect("ASCII");
        for rule in ["default-src 'none'", "script-src 'self'", "form-action 'self'", "frame-ancestors 'none'"] {
            assert!(policy.contains(rule), "{address}");
        }
        assert!(!policy.contains("unsafe"));
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["cache-control"], "no-store");
    }
    for address in LISTS {
        let page = world.get(address).await.1;
        assert!(!page.contains(" style=") && !page.contains("onclick") && !page.contains("http://"), "{address}");
        assert_eq!(page.matches("<script").count(), 1, "claims of strangers are text: {address}");
    }
}

#[tokio::test]
async fn only_names_of_ours_are_answered() {
    let world = World::seeded().await;
    for (host, status) in [
        ("localhost:8080", StatusCode::OK),
        ("127.0.0.1", StatusCode::OK),
        ("[::1]:8080", StatusCode::OK),
        ("JIEXU.example:443", StatusCode::OK),
        ("evil.example", StatusCode::MISDIRECTED_REQUEST),
        ("localhost.evil.example", StatusCode::MISDIRECTED_REQUEST),
        ("", StatusCode::MISDIRECTED_REQUEST),
    ] {
        assert_eq!(world.ask(Request::get("/").header("host", host)).await.status(), status, "{host}");
    }
    assert_eq!(world.ask(Request::get("/")).await.status(), StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn wrong_addresses_are_told_apart_and_explained() {
    let world = World::seeded().await;
    let unknown = format!("/cases/{}", uuid::Uuid::from_u128(5));
    for (address, status, code) in [
        (unknown.as_str(), StatusCode::NOT_FOUND, "NOT_FOUND"),
        ("/cases/123", StatusCode::BAD_REQUEST, "MALFORMED_ADDRESS"),
        ("/cases/%3Cscript%3E", StatusCode::BAD_REQUEST, "MALFORMED_ADDRESS"),
        ("/cases?after=1~zz", StatusCode::BAD_REQUEST, "MALFORMED_ADDRESS"),
        ("/tasks?after=junk", StatusCode::BAD_REQUEST, "MALFORMED_ADDRESS"),
        ("/dead-letters/00ff", StatusCode::BAD_REQUEST, "MALFORMED_ADDRESS"),
        ("/nowhere", StatusCode::NOT_FOUND, "NOT_FOUND"),
        ("/assets/secret", StatusCode::NOT_FOUND, "NOT_FOUND"),
    ] {
        let (was, page) = world.get(address).await;
        assert_eq!(was, status, "{address}");
        assert!(page.contains(code) && page.contains("<h1>"), "{address}");
        assert!(!page.contains("script>"), "what was asked for is not repeated");
    }
    let post = Request::builder().method(Method::POST).uri("/cases").header("host", "localhost");
    let response = world.ask(post).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(text(response).await.contains("READ_ONLY"));
}

#[tokio::test]
async fn closed_peers_are_shown_wherever_something_is_awaited_from_them() {
    let world = World::seeded().await;
    let (_, overview) = world.get("/").await;
    assert!(overview.contains("对方停机维护至 2026-11-22 15:00"), "now");
    assert!(overview.contains("对方将停机维护 2026-11-23 15:00"), "ahead");
    assert!(!overview.contains("对方曾停机维护"), "what is over is no news");
    let (_, queues) = world.get("/queues?lang=en").await;
    assert!(queues.contains("closed until 2026-11-22 15:00"));
    let (mut shown, mut past) = (0, 0);
    for n in 0..60 {
        let (_, case) = world.get(&case_address(n)).await;
        shown += usize::from(case.contains("对方停机维护至 2026-11-22 15:00") && case.contains("法定期限不变"));
        past += usize::from(case.contains("对方曾停机维护"));
    }
    assert!(shown > 0 && past > 0, "{shown} {past}");
}

#[tokio::test]
async fn the_money_page_closes_the_day_and_says_what_differs() {
    let world = World::seeded().await;
    let (_, page) = world.get("/money").await;
    for said in ["日结", "2026-11-19", "✓ 平", "相差 −0.01", "账龄", "× 2", "每日对账", "不一致", "7,654.00"]
    {
        assert!(page.contains(said), "{said}");
    }
    let (_, page) = world.get("/money?lang=en").await;
    for said in ["Daily close", "✓ balanced", "out by", "Daily digests", "differs", "agreed"] {
        assert!(page.contains(said), "{said}");
    }
    let (_, empty) = World::empty().await.get("/money?lang=en").await;
    assert!(empty.contains("No day is closed yet") && empty.contains("No digest yet."));
}

#[tokio::test]
async fn readiness_names_what_is_away() {
    let world = World::seeded().await;
    assert_eq!(world.get("/live").await.0, StatusCode::OK);
    let (status, ready) = world.get("/ready").await;
    assert_eq!(status, StatusCode::OK);
    assert!(ready.contains(r#""brokers":["mq1:5672","[fd00::2]:5672"]"#), "{ready}");
    assert!(world.get("/queues").await.1.contains("[fd00::2]:5672"));
    let metrics = world.get("/metrics").await.1;
    assert!(metrics.contains(r#"jiexu_broker_connected{side="publish",address="[fd00::2]:5672"} 1"#), "{metrics}");
    *world.broker.0.lock().expect("no panic") = TransportStatus {
        fault: Some(("BROKER_REFUSED".to_owned(), "connection refused".to_owned())),
        ..Default::default()
    };
    let (status, reason) = world.get("/ready").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(reason.contains("BROKER_REFUSED"), "{reason}");
    let (status, page) = world.get("/").await;
    assert!(status.is_success() && page.contains("BROKER_REFUSED"), "pages go on and say so");
    world.pool.close().await;
    let (status, reason) = world.get("/ready").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(reason.contains("DATABASE_AWAY"));
    let (status, page) = world.get("/cases").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.contains("DATABASE_AWAY"));
    assert_eq!(world.get("/live").await.0, StatusCode::OK);
    assert!(world.get("/metrics").await.1.contains("jiexu_database_up 0"));
}

#[tokio::test]
async fn metrics_are_well_formed_and_complete() {
    let world = World::seeded().await;
    let (status, text) = world.get("/metrics").await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.ends_with("# EOF\n"));
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').expect("a name and a value");
        assert!(name.starts_with("jiexu_"), "{line}");
        assert!(value.parse::<f64>().is_ok(), "{line}");
        assert_eq!(name.matches('{').count(), name.matches('}').count(), "{line}");
    }
    for part in [
        "jiexu_messages_applied_total 5",
        "jiexu_commit_duration_seconds_bucket{le=\"0.001\"} 1",
        "jiexu_commit_duration_seconds_bucket{le=\"+Inf\"} 1",
        "jiexu_dead_letters_total{reason=\"BAD_SIGNATURE\"} 1",
        "jiexu_tasks_open{kind=\"OVERDUE\"} 1",
        "jiexu_queue_messages 3",
        "jiexu_suspense_lines 3",
        "jiexu_database_up 1",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
}

#[tokio::test]
async fn an_empty_agency_is_told_how_to_begin() {
    let world = World::empty().await;
    for address in LISTS {
        assert_eq!(world.get(address).await.0, StatusCode::OK, "{address}");
    }
    assert!(world.get("/").await.1.contains("jiexu apply"));
    assert!(world.get("/cases").await.1.contains("jiexu apply"));
}

#[tokio::test]
async fn an_open_page_hears_of_commits_at_most_twice_a_second() {
    use futures_util::StreamExt;
    let world = World::seeded().await;
    let response = world.ask(Request::get("/updates").header("host", "localhost")).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut events = response.into_body().into_data_stream();
    let first = events.next().await.expect("an event").expect("readable");
    assert_eq!(&first[..], b"data: 7\n\n");
    let began = std::time::Instant::now();
    for n in 8..200 {
        world.changes.send_replace(n);
    }
    let next = events.next().await.expect("an event").expect("readable");
    assert_eq!(&next[..], b"data: 199\n\n", "many commits are one event");
    assert!(began.elapsed() >= std::time::Duration::from_millis(450));
    drop(world.changes);
    assert!(events.next().await.is_none(), "the stream ends with the daemon");
}

/// `LOOK=127.0.0.1:8899 cargo test --test it look_at -- --ignored`: the seeded pages, for eyes.
#[tokio::test]
#[ignore = "serves until stopped; run: LOOK=127.0.0.1:8620 cargo test --test it look_at_the_pages -- --ignored"]
async fn look_at_the_pages() {
    let address = std::env::var("LOOK").unwrap_or_else(|_| "127.0.0.1:8899".to_owned());
    let world = World::seeded().await;
    let listener = tokio::net::TcpListener::bind(address).await.expect("a free port");
    let router = world.router.clone();
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    for n in 8.. {
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        world.changes.send_replace(n);
        if serving.is_finished() {
            return;
        }
    }
}
