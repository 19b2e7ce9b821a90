//! 备份与恢复演练: a copy made under load is whole, proven apart from the agency, and anything that is not it is refused.

use std::os::unix::fs::{FileExt, PermissionsExt};

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

use super::{FROM, TO, applications, bytes, command, register, until_closed};
use crate::support::exchange::Exchange;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_made_while_people_move_is_whole_and_what_is_not_it_is_refused() {
    const PEOPLE: u32 = 60;
    let mut exchange = Exchange::prepare(&[FROM, TO]);
    exchange.start_all().await;
    register(&mut exchange, 1..=PEOPLE).await;
    exchange.agency(TO).ask(&applications(1..=PEOPLE)).await;
    exchange.bank().await;
    let folder = exchange.agency(TO).home.join("copies");
    std::fs::create_dir(&folder).expect("a folder");
    let copy = folder.join("monday.db");
    let name = copy.display().to_string();
    let manifest = folder.join("monday.db.json");

    let made = command(exchange.agency(TO), &["backup", "make", &name]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    for file in [&copy, &manifest] {
        let mode = std::fs::metadata(file).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{} holds personal data or tells of it", file.display());
    }
    until_closed(&mut exchange, PEOPLE as usize).await;

    let agency = exchange.agency(TO);
    let check = |words: &[&str]| {
        let output = command(agency, words);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned(), output.stdout)
    };
    let whole = check(&["backup", "check", &name, "--output", "json"]);
    assert_eq!(whole.0, Some(0), "{}", whole.1);
    let found: Value = serde_json::from_slice(&whole.2).expect("an answer");
    assert_eq!(found["report"]["clean"], true);
    assert!(found["manifest"]["audit_rows"].as_i64().is_some_and(|rows| rows > i64::from(PEOPLE)), "{found}");
    let left: Vec<_> = std::fs::read_dir(&folder).expect("a folder").map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "the drill leaves nothing behind: {left:?}");

    let again = check(&["backup", "make", &name]);
    assert!(again.0 != Some(0) && again.1.contains("FILE_EXISTS"), "{again:?}");

    // One byte more or less, or another one.
    let sound = bytes(&copy);
    for damaged in [sound[..sound.len() - 1].to_vec(), [&sound[..], &[0]].concat()] {
        std::fs::write(&copy, damaged).expect("a file");
        let other = check(&["backup", "check", &name]);
        assert!(other.0 == Some(1) && other.1.contains("BACKUP_DIFFERS"), "{other:?}");
    }
    std::fs::write(&copy, &sound).expect("a file");
    let middle = sound.len() as u64 / 2;
    let file = std::fs::File::options().write(true).open(&copy).expect("a file");
    file.write_all_at(&[sound[sound.len() / 2] ^ 1], middle).expect("a write");
    let other = check(&["backup", "check", &name]);
    assert!(other.0 == Some(1) && other.1.contains("BACKUP_DIFFERS"), "{other:?}");
    std::fs::write(&copy, &sound).expect("a file");

    // Somebody who changes a row and mends the manifest is found by the chain.
    let edited = folder.join("edited.db");
    std::fs::copy(&copy, &edited).expect("a copy");
    let mut writer =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&edited)).await.expect("a file");
    let triggers = sqlx::query("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetch_all(&mut writer).await;
    for trigger in triggers.expect("triggers") {
        let drop = format!("DROP TRIGGER {}", trigger.get::<String, _>("name"));
        sqlx::query(AssertSqlSafe(drop)).execute(&mut writer).await.expect("dropped");
    }
    let edit = sqlx::query("UPDATE audit SET actor = 'nobody' WHERE n = 3").execute(&mut writer).await;
    assert_eq!(edit.expect("an edit").rows_affected(), 1);
    writer.close().await.expect("closed");
    let mut text: Value = serde_json::from_slice(&bytes(&manifest)).expect("a manifest");
    let all = bytes(&edited);
    text["bytes"] = all.len().into();
    text["sha256"] = jiexu_sha256(&all).into();
    std::fs::write(folder.join("edited.db.json"), text.to_string()).expect("a manifest");
    let other = check(&["backup", "check", &edited.display().to_string(), "--output", "json"]);
    let found: Value = serde_json::from_slice(&other.2).expect("an answer");
    assert!(other.0 == Some(1) && found["report"]["clean"] == false, "{found}");

    // Another agency's, and one without its manifest.
    let foreign = command(exchange.agency(FROM), &["backup", "check", &name]);
    assert!(String::from_utf8_lossy(&foreign.stderr).contains("BACKUP_FOREIGN"));
    std::fs::remove_file(&manifest).expect("a file");
    let alone = command(exchange.agency(TO), &["backup", "check", &name]);
    assert!(String::from_utf8_lossy(&alone.stderr).contains("BACKUP_MANIFEST"));
    exchange.agency(TO).verify_clean().await;
}

fn jiexu_sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(bytes))
}
