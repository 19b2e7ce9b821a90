//! Two persons where two are demanded: the database itself refuses one, whatever the program would write.

use std::sync::Arc;

use jiexu::domain::ids::AgencyCode;
use jiexu::store::Store;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection, Row, query};

use crate::moves::VERBS;
use crate::support::clerk::verb;

/// The tables of an agency, with nothing in them.
async fn tables() -> (tempfile::TempDir, SqliteConnection) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("jiexu.db");
    let store = Store::open(&path, &AgencyCode::new("530800").expect("a code")).await.expect("a store");
    Arc::new(store).close().await;
    let connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await;
    (folder, connection.expect("the file opens"))
}

struct Tried<'a>(i64, &'a str, &'a str, &'a str, Option<&'a str>);

/// Whether the database takes this act: version, verb, actor, stage, who proposed it.
async fn takes(connection: &mut SqliteConnection, Tried(version, verb, actor, stage, by): Tried<'_>) -> bool {
    let sql = "INSERT INTO acts (case_id, version, verb, at, actor, stage, proposed_by, reason)
               VALUES (x'01', $1, $2, 0, $3, $4, $5, '核实')";
    let row = query(sql).bind(version).bind(verb).bind(actor).bind(stage).bind(by);
    row.execute(connection).await.is_ok()
}

#[tokio::test]
async fn one_person_alone_is_refused_by_the_database() {
    let (_folder, mut at) = tables().await;
    for (what, row, is_taken) in [
        ("decided by one", Tried(1, "issue", "li", "decided", None), false),
        ("confirmed without a proposal", Tried(1, "issue", "wang", "confirmed", Some("li")), false),
        ("proposed", Tried(1, "issue", "li", "proposed", None), true),
        ("confirmed by who proposed", Tried(2, "issue", "li", "confirmed", Some("li")), false),
        ("a proposal of somebody else", Tried(2, "issue", "wang", "confirmed", Some("zhao")), false),
        ("another decision than the proposed", Tried(2, "resend", "wang", "confirmed", Some("li")), false),
        ("confirmed without a name", Tried(2, "issue", "wang", "confirmed", None), false),
        ("the machine proposes no payment", Tried(2, "resend", "wang", "confirmed", Some("system:auto@1")), false),
        ("confirmed by another", Tried(2, "issue", "wang", "confirmed", Some("li")), true),
        ("a match that the machine proposed", Tried(3, "match", "li", "confirmed", Some("system:auto@1")), true),
        ("what one person may decide", Tried(4, "recheck", "li", "decided", None), true),
        ("a proposer where nobody confirms", Tried(5, "recheck", "li", "decided", Some("wang")), false),
    ] {
        assert_eq!(takes(&mut at, row).await, is_taken, "{what}");
    }
    for sql in ["UPDATE acts SET actor = 'zhao'", "DELETE FROM acts"] {
        assert!(query(sql).execute(&mut at).await.is_err(), "{sql}");
    }
}

#[tokio::test]
async fn money_of_no_case_goes_back_only_as_two_persons_say() {
    let (_folder, mut at) = tables().await;
    let sql = "INSERT INTO line_acts (line, n, verb, stage, at, actor, proposed_by, reason)
               VALUES ('9/T1', $1, $2, $3, 0, $4, $5, '核实')";
    for (what, (n, verb, stage, actor, by), is_taken) in [
        ("decided by one", (1, "send-back", "decided", "li", None), false),
        ("confirmed without a proposal", (1, "send-back", "confirmed", "wang", Some("li")), false),
        ("proposed", (1, "send-back", "proposed", "li", None), true),
        ("confirmed by who proposed", (2, "send-back", "confirmed", "li", Some("li")), false),
        ("a proposal of somebody else", (2, "send-back", "confirmed", "wang", Some("zhao")), false),
        ("confirmed without a name", (2, "send-back", "confirmed", "wang", None), false),
        ("withdrawn by one", (2, "withdraw", "decided", "wang", None), true),
        ("confirmed after it was withdrawn", (3, "send-back", "confirmed", "wang", Some("li")), false),
        ("proposed anew", (3, "send-back", "proposed", "wang", None), true),
        ("confirmed by another", (4, "send-back", "confirmed", "li", Some("wang")), true),
    ] {
        let row = query(sql).bind(n).bind(verb).bind(stage).bind(actor).bind(by);
        assert_eq!(row.execute(&mut at).await.is_ok(), is_taken, "{what}");
    }
    for sql in ["UPDATE line_acts SET actor = 'zhao'", "DELETE FROM line_acts"] {
        assert!(query(sql).execute(&mut at).await.is_err(), "{sql}");
    }
}

#[tokio::test]
async fn the_database_lists_every_verb_that_needs_two() {
    let (_folder, mut at) = tables().await;
    let rows = query("SELECT verb FROM two_person_verbs ORDER BY verb").fetch_all(&mut at).await.expect("readable");
    let listed: Vec<String> = rows.iter().map(|row| row.get("verb")).collect();
    // An amendment needs two only where the payee changes, a correction where the sum does: one may decide others.
    let needs = |word: &&str| verb(word).is_some_and(|verb| *verb.word() == **word && verb.needs_two());
    let mut needing: Vec<&str> = VERBS.iter().copied().filter(|word| needs(word)).collect();
    needing.sort_unstable();
    assert_eq!(listed, needing);
}
