//! Payment files: one order a row, each read exactly or refused by itself with a reason that holds no cell's text.

use std::collections::HashMap;

pub struct Payment {
    pub payment_ref: String,
    pub payer_account: String,
    pub payee_name: String,
    pub payee_account: String,
    pub amount_fen: i64,
    pub remark: String,
    pub letter_no: String,
}

/// Why a row is not paid: a word that never changes.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused {
    /// Empty when it could not be read.
    pub payment_ref: String,
    pub reason: &'static str,
}

impl Refused {
    pub fn of(payment_ref: &str, reason: &'static str) -> Refused {
        Refused { payment_ref: payment_ref.to_owned(), reason }
    }
}

const NEEDED: [&str; 5] = ["payment_ref", "payer_account", "payee_name", "payee_account", "amount"];
const CELL_CHARACTERS_MAX: usize = 200;

/// Every row with its line; a file that is no payment file is one refusal on line 0.
pub fn read(bytes: &[u8]) -> Vec<(u64, Result<Payment, Refused>)> {
    let refused = |reason| vec![(0, Err(Refused::of("", reason)))];
    let Ok(text) = std::str::from_utf8(bytes) else { return refused("not_utf8") };
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let Ok(header) = reader.headers() else { return refused("no_header") };
    let columns: HashMap<String, usize> = header.iter().enumerate().map(|(at, name)| (name.to_owned(), at)).collect();
    if columns.len() != header.len() {
        return refused("column_twice");
    }
    if NEEDED.iter().any(|name| !columns.contains_key(*name)) {
        return refused("column_missing");
    }
    let mut rows = Vec::new();
    for row in reader.records() {
        match row {
            Ok(row) => {
                let line = row.position().map_or(0, csv::Position::line);
                rows.push((line, payment(&|name| columns.get(name).and_then(|&at| row.get(at)).unwrap_or(""))));
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                rows.push((line, Err(Refused::of("", "ragged_row"))));
            }
        }
    }
    rows
}

fn payment<'a>(cell: &impl Fn(&str) -> &'a str) -> Result<Payment, Refused> {
    let payment_ref = cell("payment_ref");
    if !is_reference(payment_ref) {
        return Err(Refused::of("", "payment_ref"));
    }
    let refused = |reason| Refused::of(payment_ref, reason);
    for name in ["payer_name", "payee_name", "remark", "letter_no", "payee_bank_no"] {
        if cell(name).chars().count() > CELL_CHARACTERS_MAX || cell(name).chars().any(char::is_control) {
            return Err(refused("text"));
        }
    }
    if !is_account_number(cell("payer_account")) {
        return Err(refused("payer_account"));
    }
    if !is_account_number(cell("payee_account")) || cell("payee_account") == cell("payer_account") {
        return Err(refused("payee_account"));
    }
    if cell("payee_name").is_empty() {
        return Err(refused("payee_name"));
    }
    Ok(Payment {
        payment_ref: payment_ref.to_owned(),
        payer_account: cell("payer_account").to_owned(),
        payee_name: cell("payee_name").to_owned(),
        payee_account: cell("payee_account").to_owned(),
        amount_fen: fen(cell("amount")).ok_or_else(|| refused("amount"))?,
        remark: cell("remark").to_owned(),
        letter_no: cell("letter_no").to_owned(),
    })
}

fn is_reference(text: &str) -> bool {
    (1..=35).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_/.".contains(&b))
}

/// 8 to 40 digits; leading zeros count.
pub fn is_account_number(text: &str) -> bool {
    (8..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Yuan above zero with at most two decimals; nothing else is an amount.
fn fen(text: &str) -> Option<i64> {
    let (yuan, cents) = text.split_once('.').map_or((text, "00"), |(yuan, cents)| (yuan, cents));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(yuan) || !digits(cents) || cents.len() > 2 {
        return None;
    }
    let cents: i64 = format!("{cents:0<2}").parse().ok()?;
    let fen = yuan.parse::<i64>().ok()?.checked_mul(100)?.checked_add(cents)?;
    (fen > 0).then_some(fen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly_or_not_at_all() {
        for (text, expected) in [("0.01", 1), ("12", 1200), ("1.5", 150), ("1234.50", 123_450)] {
            assert_eq!(fen(text), Some(expected), "{text}");
        }
        for text in
            ["", "0", "0.00", "-5", "+5", "1,000.00", "￥1", "1.", ".5", "1.005", "1e3", "９", "99999999999999999999"]
        {
            assert_eq!(fen(text), None, "{text}");
        }
    }

    #[test]
    fn a_bad_row_is_refused_alone_with_its_line() {
        let text = "\u{feff}payment_ref,payer_name,payer_account,payee_name,payee_account,payee_bank_no,amount,remark,letter_no\n\
                    P1,a,0000000001,b,0000000002,,1.00,r,L1\n\
                    P2,a,0000000001,b,0000000002,,1.001,r,L1\n\
                    P3,a,0000000001,b\n\
                    P 4,a,0000000001,b,0000000002,,1.00,r,L1\n\
                    P5,a,0000000001,b,0000000001,,1.00,r,L1\n\
                    P6,a,0000000001,b,0000000002,,2.00,r,L1\n";
        let found: Vec<_> =
            read(text.as_bytes()).into_iter().map(|(line, row)| (line, row.map(|it| it.amount_fen))).collect();
        let refused = |number: &str, reason| Err(Refused::of(number, reason));
        assert_eq!(
            found,
            [
                (2, Ok(100)),
                (3, refused("P2", "amount")),
                (4, refused("", "ragged_row")),
                (5, refused("", "payment_ref")),
                (6, refused("P5", "payee_account")),
                (7, Ok(200)),
            ]
        );
    }

    #[test]
    fn what_is_no_payment_file_is_refused_whole() {
        let reason = |bytes: &[u8]| read(bytes)[0].1.as_ref().err().map(|refused| refused.reason);
        assert_eq!(reason(b"\xff\xfe"), Some("not_utf8"));
        assert_eq!(reason(b"payment_ref,amount\n"), Some("column_missing"));
        assert_eq!(reason(b"payment_ref,payment_ref\n"), Some("column_twice"));
    }
}
