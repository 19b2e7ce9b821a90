//! Masks: the only way a person's name, number or a free text leaves the store's views. Never keeps the original.

use std::fmt;

use serde::Serialize;

/// The first character of a name and ＊; the length is not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct MaskedName(String);

/// At most the last four characters of a number, and only where more are hidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct MaskedNo(String);

impl MaskedName {
    pub fn of(name: &str) -> MaskedName {
        MaskedName(name.chars().next().map_or_else(String::new, |first| format!("{first}＊")))
    }
}

impl MaskedNo {
    pub fn of(number: &str) -> MaskedNo {
        let length = number.chars().count();
        let shown: String = number.chars().skip(if length > 7 { length - 4 } else { length }).collect();
        MaskedNo(if length == 0 { String::new() } else { format!("＊{shown}") })
    }
}

impl fmt::Display for MaskedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for MaskedNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What institutions end with; other account holders are taken for persons.
const INSTITUTIONS: [&str; 12] =
    ["局", "中心", "处", "所", "部", "厅", "委员会", "机构", "公司", "银行", "专户", "财政户"];

/// The name of an account holder: whole for an institution, masked for anybody else.
pub fn holder(name: &str) -> String {
    let institution = name.chars().count() >= 6 && INSTITUTIONS.iter().any(|end| name.ends_with(end));
    if institution { shorten(name) } else { MaskedName::of(name).to_string() }
}

/// A bank's remark or another free text: references stay readable, names and long numbers do not.
pub fn free_text(text: &str) -> String {
    let mut shown = String::new();
    let mut word = String::new();
    let mut hidden = false;
    for c in text.chars().take(400).chain([' ']) {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.') {
            word.push(c);
            hidden = false;
            continue;
        }
        flush(&mut shown, &mut word);
        if c.is_ascii() {
            shown.push(c);
            hidden = false;
        } else if !hidden {
            shown.push('＊');
            hidden = true;
        }
    }
    shorten(shown.trim_end())
}

/// Appends a word; a word that could be an identity, phone or account number keeps its last four only.
fn flush(shown: &mut String, word: &mut String) {
    let longest = word.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    if longest >= 11 {
        shown.push_str(&MaskedNo::of(word).to_string());
    } else {
        shown.push_str(word);
    }
    word.clear();
}

/// A stable code or short English detail of ours: long digit runs are hidden, the rest stays.
pub fn detail(text: &str) -> String {
    shorten(&hide_numbers(text, 400))
}

/// What one agency wrote to the other: whole, but for long numbers.
pub fn letter(text: &str) -> String {
    hide_numbers(text, 2_000)
}

fn hide_numbers(text: &str, most: usize) -> String {
    let mut shown = String::new();
    let mut word = String::new();
    for c in text.chars().take(most).chain(['\n']) {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.') {
            word.push(c);
        } else {
            let longest = word.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
            let looks_personal = longest >= 11;
            if looks_personal {
                shown.push_str(&MaskedNo::of(&word).to_string())
            } else {
                shown.push_str(&word)
            }
            word.clear();
            shown.push(c);
        }
    }
    shown.trim_end().to_owned()
}

/// An account of the ledger: `person/＊1234`; other accounts carry no personal number.
pub fn account(account: &str) -> String {
    match account.split_once('/') {
        Some(("person", no)) => format!("person/{}", MaskedNo::of(no)),
        _ => shorten(account),
    }
}

/// A bank line's name, `<our account no.>/<bank transaction no.>`: the account shows its last four.
pub fn bank_line(line: &str) -> String {
    match line.split_once('/') {
        Some((account, txn)) => format!("{}/{}", MaskedNo::of(account), shorten(txn)),
        None => shorten(line),
    }
}

/// A stored `BankAccount` document: holder and the last four of the number. Unknown shapes show nothing.
pub fn bank_account(json: &str) -> String {
    let account: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    let text = |field: &str| account.get(field).and_then(serde_json::Value::as_str).unwrap_or_default();
    format!("{} {}", holder(text("name")), MaskedNo::of(text("number"))).trim().to_owned()
}

/// Texts from outside are cut at 120 characters.
pub fn shorten(text: &str) -> String {
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_shows_its_first_character_and_a_number_its_last_four() {
        assert_eq!(MaskedName::of("欧阳测试").to_string(), "欧＊");
        assert_eq!(MaskedName::of("𬱖甲").to_string(), "𬱖＊");
        assert_eq!(MaskedName::of("").to_string(), "");
        assert_eq!(MaskedNo::of("000000199001010012").to_string(), "＊0012");
        assert_eq!(MaskedNo::of("1234").to_string(), "＊", "nothing would be hidden");
    }

    #[test]
    fn free_texts_lose_names_and_numbers_but_keep_references() {
        assert_eq!(free_text("LH-2026-00017 张测试 医保转移"), "LH-2026-00017 ＊ ＊");
        assert_eq!(free_text("000000199001010012"), "＊0012");
        assert_eq!(free_text("13800000000"), "＊0000");
        assert_eq!(holder("张测试"), "张＊");
        assert_eq!(holder("模拟市医疗保障事业中心"), "模拟市医疗保障事业中心");
        assert_eq!(account("person/P000000123"), "person/＊0123");
        assert_eq!(detail("000101.000999"), "000101.000999", "a routing key is no number of a person");
        assert_eq!(detail("document 00000019900101001X differs"), "document ＊001X differs");
    }
}
