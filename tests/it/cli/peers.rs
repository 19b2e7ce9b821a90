//! `maintenance`, `close` and `digest`: what is announced, closed and compared, and what is refused.

use serde_json::Value;

use super::Town;

#[test]
fn maintenance_is_announced_listed_and_taken_back() {
    let town = Town::new();
    let announce = |from: &str, to: &str, more: &[&str]| {
        let words = ["maintenance", "announce", "--from", from, "--to", to, "--reason", "机房检修", "--actor", "zhao"];
        [&words[..], more].concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let run = |words: &[String]| town.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let told = run(&announce("2099-12-05 18:00", "2099-12-06", &[]));
    assert_eq!(told.exit, 0, "{}", told.err);
    assert!(
        told.out.contains("已通告 announced  530800-M") && told.out.contains("no legal deadline moves"),
        "{}",
        told.out
    );

    let (_, list) = town.json(&["maintenance", "list"]);
    let row = &list[0];
    assert_eq!((&row["agency"], &row["by"], &row["reason"]), (&"530800".into(), &"zhao".into(), &"机房检修".into()));
    let listed = town.ok(&["maintenance", "list"]).out;
    assert!(listed.contains("12-07 00:00") && listed.contains("待开始 ahead"), "the last day counts whole: {listed}");

    for (from, to, more, exit, code) in [
        ("2099-12-05", "2100-02-05", &[][..], 1, "MAINTENANCE_WINDOW"),
        ("2099-12-05 18:00", "2099-12-05 18:00", &[], 1, "MAINTENANCE_WINDOW"),
        ("2001-12-05", "2001-12-06", &[], 1, "MAINTENANCE_OVER"),
        ("2099-12-05", "2099-12-06", &["--to-agency", "999999"], 1, "PEER_UNKNOWN"),
        ("2099-12-05", "2099-12-06", &["--to-agency", "530800"], 1, "PEER_UNKNOWN"),
    ] {
        let words = announce(from, to, more);
        town.refused(&words.iter().map(String::as_str).collect::<Vec<_>>(), exit, code);
    }
    assert_eq!(run(&announce("soon", "2099-12-06", &[])).exit, 2);
    let silent = ["maintenance", "announce", "--from", "2099-12-05", "--to", "2099-12-06", "--reason", " "];
    town.refused(&silent, 1, "REASON");

    let no = row["announcement_no"].as_str().unwrap();
    town.refused(&["maintenance", "withdraw", "530800-M1", "--reason", "改期"], 1, "ANNOUNCEMENT_UNKNOWN");
    town.ok(&["maintenance", "withdraw", no, "--reason", "改期"]);
    town.refused(&["maintenance", "withdraw", no, "--reason", "又改期"], 1, "CONTENT_DIFFERS");
    assert!(town.ok(&["maintenance", "list"]).out.contains("（无 · none）"));
    let (_, all) = town.json(&["maintenance", "list", "--all"]);
    assert!(all[0]["withdrawn_at"].is_i64(), "{all:#}");
    let (_, verified) = town.json(&["verify"]);
    assert_eq!(verified["clean"], true, "{verified:#}");
    assert!(town.ok(&["explain", "PEER_UNKNOWN"]).out.contains("nobody was told"));
}

#[test]
fn a_day_is_closed_once_in_its_order_and_shown() {
    let town = Town::new();
    let (_, closed) = town.json(&["close", "--actor", "zhao"]);
    let day = closed["close"]["day"].as_str().unwrap().to_owned();
    assert_eq!((&closed["outcome"]["outcome"], &closed["close"]["difference"]), (&"applied".into(), &0.into()));
    let (_, again) = town.json(&["close", "--day", &day]);
    assert_eq!(again["outcome"]["outcome"], "duplicate", "{again:#}");
    let shown = town.ok(&["close", "show", &day]).out;
    for said in ["日结 daily close", "✓ 账平", "账龄", "审计链首 audit head"] {
        assert!(shown.contains(said), "{said}:\n{shown}");
    }
    let (_, list) = town.json(&["close", "list"]);
    assert_eq!(list["rows"].as_array().map(Vec::len), Some(1));
    assert!(town.ok(&["close", "list"]).out.contains(&day));
    town.refused(&["close", "--day", "2001-01-01"], 1, "CLOSE_ORDER");
    town.refused(&["close", "--day", "2099-01-01"], 1, "DAY_NOT_OVER");
    town.refused(&["close", "show", "2001-01-01"], 1, "NOT_FOUND");
    let (_, verified) = town.json(&["verify"]);
    assert_eq!(verified["clean"], true, "{verified:#}");

    let (_, digests) = town.json(&["digest", "list"]);
    assert_eq!(digests, Value::Array(Vec::new()));
    assert!(town.ok(&["digest", "list", "--peer", "441700", "--open"]).out.contains("（无 · none）"));
    town.refused(&["digest", "note", "441700", &day, "--reason", "已核对"], 1, "DIGEST_NOT_OPEN");
}
