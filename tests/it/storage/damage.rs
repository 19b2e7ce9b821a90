//! 损坏: a file that is not what was written is found before anything is done with it, and never changed.

use std::ops::RangeInclusive;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use rand::RngExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use super::{FROM, TO, applications, bytes, command, refused_start, register};
use crate::support::exchange::{Agency, Exchange};

/// One agency with people in its books, stopped: its write-ahead log is folded into the file.
async fn stopped() -> Exchange {
    let mut exchange = Exchange::prepare(&[FROM, TO]);
    exchange.start_all().await;
    register(&mut exchange, 1..=300).await;
    for code in [FROM, TO] {
        assert!(exchange.agency(code).terminate().1);
    }
    exchange
}

/// One exchange for all of it: a broker takes longer to start than everything else here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_not_what_was_written_is_found_and_left_as_it_is() {
    let mut exchange = stopped().await;
    a_damaged_file_is_refused_at_the_start_and_left_as_it_is(exchange.agency(FROM)).await;
    a_second_daemon_and_an_older_program_are_refused_with_words(exchange.agency(FROM)).await;
    an_older_copy_put_back_is_refused_by_its_height(exchange.agency(TO)).await;
    a_file_that_is_damaged_under_a_running_daemon_is_found_at_the_next_start(exchange.agency(TO)).await;
}

async fn a_damaged_file_is_refused_at_the_start_and_left_as_it_is(agency: &mut Agency) {
    let file = agency.home.join("data/jiexu.db");
    let sound = bytes(&file);
    let page = 4096;
    let mut dice = ChaCha8Rng::seed_from_u64(7);
    let mut damages: Vec<(String, Vec<u8>)> = vec![
        ("the header is gone".into(), [vec![0u8; 100], sound[100..].to_vec()].concat()),
        ("the second half is gone".into(), sound[..sound.len() / page / 2 * page].to_vec()),
        ("it is another kind of file".into(), b"%PDF-1.7 not a database at all".repeat(400)),
    ];
    for _ in 0..6 {
        // The head of a page in use: every page is linked from somewhere.
        let at = dice.random_range(1..sound.len() / page) * page;
        let mut damaged = sound.clone();
        damaged[at..at + 16].iter_mut().for_each(|byte| *byte ^= 0xA5);
        damages.push((format!("the head of page {}", at / page + 1), damaged));
    }
    for (what, damaged) in damages {
        std::fs::write(&file, &damaged).expect("a file");
        let (exit, said) = refused_start(agency);
        assert!(exit == 78 && said.contains("STORE_DAMAGED") && said.contains("jiexu.db"), "{what}: {exit} {said}");
        assert_eq!(bytes(&file), damaged, "{what}: the file is left as it was");
    }
    std::fs::write(&file, &sound).expect("a file");
    agency.start();
    agency.ready().await;
    agency.verify_clean().await;
}

/// The daemon runs already.
async fn a_second_daemon_and_an_older_program_are_refused_with_words(agency: &mut Agency) {
    let pid = agency.ask(&jiexu::daemon::Request::Status).await["pid"].to_string();
    let (exit, said) = refused_start(agency);
    assert!(exit == 75 && said.contains("STORE_IN_USE") && said.contains(&pid), "{exit} {said}");
    agency.verify_clean().await;
    assert!(agency.terminate().1);

    let file = agency.home.join("data/jiexu.db");
    let mut writer =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&file)).await.expect("a file");
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (999, 'of a later release', 1, x'00', 0)";
    sqlx::query(later).execute(&mut writer).await.expect("a row");
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut writer).await.expect("a checkpoint");
    writer.close().await.expect("closed");
    let before = bytes(&file);
    let (exit, said) = refused_start(agency);
    assert!(exit == 78 && said.contains("STORE_NEWER") && said.contains("999"), "{exit} {said}");
    assert!(said.contains("*.before-*.db"), "the way back is named: {said}");
    assert_eq!(bytes(&file), before);
    let verify = command(agency, &["verify"]);
    assert!(!verify.status.success() && String::from_utf8_lossy(&verify.stderr).contains("STORE_NEWER"));
}

/// 库高: what has come less far than the file beside it says, or by another road, is not gone on from.
async fn an_older_copy_put_back_is_refused_by_its_height(agency: &mut Agency) {
    let path = agency.home.join("data/jiexu.db");
    let (height, pages) = (path.with_extension("height"), path.with_extension("pages"));
    fold(&path).await;
    let monday = bytes(&path);
    works(agency, 1..=3).await;
    let (tuesday, tuesday_height, tuesday_pages) = (bytes(&path), bytes(&height), bytes(&pages));

    std::fs::write(&path, &monday).expect("a file");
    let (exit, said) = refused_start(agency);
    assert!(exit == 78 && said.contains("STORE_OLDER") && said.contains("jiexu.db"), "{exit} {said}");
    let verify = command(agency, &["verify"]);
    assert!(!verify.status.success() && String::from_utf8_lossy(&verify.stderr).contains("STORE_OLDER"));
    assert_eq!((bytes(&path), bytes(&height)), (monday.clone(), tuesday_height.clone()), "left as they were");

    // Who takes the height away is stopped by the checksums. Who takes both away is not, but has gone another road:
    // longer, and not the same.
    std::fs::remove_file(&height).expect("a file");
    let (exit, said) = refused_start(agency);
    assert!(exit == 78 && said.contains("STORE_DAMAGED") && said.contains("is not as it was written"), "{exit} {said}");
    for file in [&height, &pages] {
        std::fs::remove_file(file).expect("a file");
    }
    works(agency, 4..=40).await;
    std::fs::write(&height, &tuesday_height).expect("a file");
    let (exit, said) = refused_start(agency);
    assert!(exit == 78 && said.contains("STORE_OLDER"), "{exit} {said}");

    // The newest file has come further than a height of before: that is what a power cut leaves.
    std::fs::write(&path, &tuesday).expect("a file");
    std::fs::write(&pages, &tuesday_pages).expect("a file");
    works(agency, 4..=6).await;
    std::fs::write(&height, &tuesday_height).expect("a file");
    works(agency, 7..=7).await;

    // Where the newest file is lost for good two persons take the older one, under a new epoch.
    std::fs::write(&path, &monday).expect("a file");
    assert_eq!(refused_start(agency).0, 78);
    let decide = |who: &str, what: &str| command(agency, &["--actor", who, "restore", what, "--reason", "文件已遗失"]);
    assert!(decide("li", "adopt").status.success());
    assert!(refused_start(agency).1.contains("RESTORE_UNAPPROVED"));
    assert!(!decide("li", "approve").status.success(), "one person is not two");
    assert!(decide("wang", "approve").status.success());
    agency.start();
    agency.ready().await;
    let status = agency.ask(&jiexu::daemon::Request::Status).await;
    assert!(status["epoch"].as_u64() > Some(1), "{status}");
    agency.verify_clean().await;
    assert!(agency.terminate().1);
}

/// A day with these applicants; its log is folded into the file.
async fn works(agency: &mut Agency, people: RangeInclusive<u32>) {
    agency.start();
    agency.ready().await;
    agency.ask(&applications(people)).await;
    assert!(agency.terminate().1);
    fold(&agency.home.join("data/jiexu.db")).await;
}

/// Writes what the write-ahead log still holds into the file; a page that stands in the log is not read from the file.
async fn fold(file: &std::path::Path) {
    let options = SqliteConnectOptions::new().filename(file).busy_timeout(Duration::from_secs(10));
    let mut writer = SqliteConnection::connect_with(&options).await.expect("a file");
    let mut is_folded = false;
    for _ in 0..100 {
        let row = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut writer).await;
        let (busy, _, _): (i64, i64, i64) = row.expect("a checkpoint");
        is_folded = busy == 0;
        if is_folded {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(is_folded, "a reader holds the log");
    writer.close().await.expect("closed");
}

/// Bytes that change under a daemon that reads them: it ends by itself and does not start again on them.
async fn a_file_that_is_damaged_under_a_running_daemon_is_found_at_the_next_start(agency: &mut Agency) {
    agency.start();
    agency.ready().await;
    let path = agency.home.join("data/jiexu.db");
    fold(&path).await;
    let file = std::fs::File::options().write(true).open(&path).expect("a file");
    let length = file.metadata().expect("a file").len();
    for page in 1..length / 4096 {
        file.write_all_at(&[0xA5; 16], page * 4096).expect("a write");
    }
    // A look that needs pages it has not read yet.
    let verify = command(agency, &["verify"]);
    assert!(!verify.status.success(), "{}", String::from_utf8_lossy(&verify.stdout));
    agency.kill();
    let (exit, said) = refused_start(agency);
    assert!(exit != 0 && said.contains("STORE_DAMAGED"), "{exit} {said}");
}
