//! `calendar`: what a year's file may not say, what is known, and the words of a due day. No test depends on today.

use super::{APPLICATIONS, Daemon, PEOPLE, Town, id, person};

const YEAR: &str = include_str!("../../calendars/2027.json");
const AMENDED: &str = include_str!("../../calendars/2027-amended.json");

fn changed(from: &str, to: &str) -> String {
    assert!(YEAR.contains(from), "{from}");
    YEAR.replacen(from, to, 1)
}

#[test]
fn an_impossible_year_is_refused_whole_with_its_code_and_its_place() {
    let town = Town::new();
    let plain_day = "\"makeup_workdays\": [\n    {\"date\": \"2027-03-02\"},";
    let both = "\"makeup_workdays\": [\n    {\"date\": \"2027-01-02\"},";
    let empty = format!(
        "{}\"off_days\": [], \"makeup_workdays\": [], \"workdays_in_year\": 261}}",
        &YEAR[..YEAR.find("\"off_days\"").unwrap()]
    );
    let of_2026 = YEAR.replace("2027", "2026");
    for (text, code, places) in [
        ("{\"year\": 2027,\n oops".to_owned(), "CALENDAR_JSON", ["第 2 行", "line 2"]),
        ("[]".to_owned(), "CALENDAR_NO_YEARS", ["没有任何年份", "no year"]),
        (changed("2027-05-02", "2027-02-30"), "CALENDAR_DATE", ["“2027-02-30”", "of off_days"]),
        (changed("2027-05-02", "2026-05-02"), "CALENDAR_OTHER_YEAR", ["2026-05-02", "the file of 2027"]),
        (changed("\"makeup_workdays\": [", both), "CALENDAR_DAY_BOTH", ["2027-01-02 既列为放假又列为调休上班", "both"]),
        (
            changed("\"makeup_workdays\": [", plain_day),
            "CALENDAR_MAKEUP_ON_WORKDAY",
            ["2027-03-02 不是周末", "2027-03-02"],
        ),
        (changed("2027-05-03", "2027-05-02"), "CALENDAR_DAY_TWICE", ["2027-05-02 重复", "2027-05-02"]),
        (changed("\"weekday\": \"Sun\"", "\"weekday\": \"Mon\""), "CALENDAR_WEEKDAY", ["2027-02-14", "weekday"]),
        (changed("\"workdays_in_year\": 249", "\"workdays_in_year\": 250"), "CALENDAR_SUM", ["250", "249"]),
        (changed("\"complete\": true", "\"complete\": false"), "CALENDAR_INCOMPLETE", ["2027", "incomplete"]),
        (empty, "CALENDAR_EMPTY", ["2027 年没有任何放假日", "2027"]),
        (format!("[{YEAR},{YEAR}]"), "CALENDAR_YEAR_TWICE", ["2027 年在文件中出现两次", "2027"]),
        // The second year of the file is the wrong one: the first is not taken either.
        (format!("[{YEAR},{of_2026}]"), "CALENDAR_WEEKDAY", ["2026-02-14", "nothing of the file was taken"]),
    ] {
        town.write("year.json", &text);
        let ran = town.refused(&["calendar", "import", "year.json"], 1, code);
        let said: String = ran.err.split_whitespace().collect();
        for place in places {
            let place: String = place.split_whitespace().collect();
            assert!(said.contains(&place), "{code} should say {place}:\n{}", ran.err);
        }
    }
    town.refused(&["calendar", "import", "nowhere.json"], 66, "FILE_UNREADABLE");
    town.write("year.json", [0xff, 0xfe, 0x00]);
    town.refused(&["calendar", "import", "year.json"], 66, "FILE_NOT_TEXT");
    let (_, known) = town.json(&["calendar", "check"]);
    let years: Vec<i64> =
        known["years"].as_array().unwrap().iter().map(|year| year["year"].as_i64().unwrap()).collect();
    assert_eq!(years, [2024, 2025, 2026], "nothing was taken");
    town.ok(&["verify"]);
}

#[test]
fn a_known_year_is_replaced_only_with_a_reason() {
    let town = Town::new();
    town.write("year.json", YEAR);
    town.write("amended.json", AMENDED);
    let (exit, taken) = town.json(&["calendar", "import", "year.json", "--actor", "zhang"]);
    assert_eq!((exit, &taken["years"][0]["outcome"]), (0, &"added".into()), "{taken:#}");
    let again = town.ok(&["calendar", "import", "year.json"]);
    assert!(again.out.contains("已有，无变化 known, nothing changes"), "{}", again.out);

    let ran = town.refused(&["calendar", "import", "amended.json"], 1, "CALENDAR_YEAR_KNOWN");
    assert!(ran.err.contains("2027-01-04") && ran.err.contains("--replace"), "{}", ran.err);
    town.refused(&["calendar", "import", "amended.json", "--replace", " "], 1, "CALENDAR_REASON");
    let (_, known) = town.json(&["calendar", "check"]);
    assert_eq!(known["years"][3]["workdays"], 249);
    let replace = ["calendar", "import", "amended.json", "--replace", "另行通知", "--actor", "li"];
    assert_eq!(town.json(&replace).1["years"][0]["outcome"], "replaced");

    let (_, known) = town.json(&["calendar", "check"]);
    let year = &known["years"][3];
    assert_eq!((&year["origin"], &year["workdays"]), (&"imported".into(), &248.into()), "{year:#}");
    assert_eq!((&year["off_days"], &year["makeup_workdays"]), (&28.into(), &5.into()));
    assert_eq!((&year["actor"], &year["reason"]), (&"li".into(), &"另行通知".into()));
    let text = town.run(&["calendar", "check"]).out;
    for said in ["年份", "随程序", "导入", "另行通知", "2027-12-31"] {
        assert!(text.contains(said), "{said}:\n{text}");
    }
    town.ok(&["verify"]);
}

#[test]
fn a_running_daemon_takes_a_year_and_keeps_it_over_a_restart() {
    let town = Town::new();
    town.write("year.json", YEAR);
    let explain = ["calendar", "explain", "2026-12-18", "10"];
    {
        let _daemon = Daemon::of(&town);
        let (_, before) = town.json(&explain);
        assert_eq!((&before["due_on"], &before["not_before"]), (&serde_json::Value::Null, &"2027-01-01".into()));
        assert_eq!(town.json(&["status"]).1["running"], true);
        town.ok(&["calendar", "import", "year.json"]);
        assert_eq!(town.json(&explain).1["due_on"], "2027-01-04", "without a restart");
    }
    assert_eq!(town.json(&explain).1["due_on"], "2027-01-04", "the daemon was killed, the year is there");
}

#[test]
fn a_due_day_is_explained_in_both_languages_by_days_and_by_case() {
    let town = Town::new();
    let told = town.ok(&["calendar", "explain", "2026-02-13", "3"]).out;
    for said in [
        "周五",
        "当日不计",
        "the day of the event does not count",
        "放假（春节），不计",
        "holiday (春节), does not count",
        "调休上班（春节），第 1 个工作日",
        "make-up workday (春节), working day 1",
        "第 3 个工作日 2026-02-25 为期限末日，次日零时起逾期",
        "working day 3, 2026-02-25, is the last day in time; overdue from 00:00 of the next",
    ] {
        assert!(told.contains(said), "{said}:\n{told}");
    }
    let told = town.ok(&["calendar", "explain", "2026-12-18", "10"]).out;
    let told: String = told.split('\n').map(str::trim_start).collect();
    assert!(told.contains("不按普通周末推算") && told.contains("never guessed from plain weekends"), "{told}");

    town.write("people.csv", format!("{PEOPLE}{}", person(1)));
    town.ok(&["register", "import", "--people", "people.csv"]);
    let row = format!("SQ-1,2026-11-20,counter,居民身份证,{},测试者,441700,310,310\n", id("19900101", 1));
    town.write("apply.csv", [APPLICATIONS.to_owned(), row].concat());
    town.ok(&["apply", "apply.csv"]);
    let letter = town.json(&["cases", "list"]).1["rows"][0]["letter_no"].as_str().unwrap().to_owned();
    let told = town.ok(&["calendar", "explain", "--case", &letter]).out;
    for said in [letter.as_str(), "T0 发出联系函", "T1 转出地办理", "ALL 全程办结", "当日不计"] {
        assert!(told.contains(said), "{said}:\n{told}");
    }
    town.refused(&["calendar", "explain", "--case", "530800-L09999999"], 1, "NOT_FOUND");
    for wrong in [&["2026-02-30", "3"][..], &["2026-02-13", "251"], &["2026-02-13"], &[]] {
        assert_eq!(town.run(&[&["calendar", "explain"], wrong].concat()).exit, 2, "{wrong:?}");
    }
}

#[test]
fn the_rule_is_chosen_in_the_configuration_and_no_limit_goes_above_it() {
    let town = Town::new();
    let config = std::fs::read_to_string(town.path("530800/jiexu.toml")).unwrap();
    town.write("530800/jiexu.toml", format!("{config}\n[limits]\nrule = \"old45\"\noutgoing = 14\n"));
    town.ok(&["check-config"]);
    town.write("530800/jiexu.toml", format!("{config}\n[limits]\noutgoing = 14\n"));
    let ran = town.refused(&["serve"], 78, "CONFIG_LIMIT");
    assert!(ran.err.contains("规则 national 允许 1 至 10 个工作日"), "{}", ran.err);
    assert!(ran.err.contains("limits.outgoing is 14: 1 to 10 working days"), "{}", ran.err);
}
