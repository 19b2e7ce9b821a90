//! Made-up people: names, birth dates and document numbers that are valid in form and belong to nobody.

use std::collections::HashSet;

use chrono::{Datelike, NaiveDate};

use super::dice::Dice;

const SURNAMES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "林", "郭", "何", "高",
    "罗", "郑", "梁", "谢", "宋", "唐", "许", "邓", "韦", "覃", "莫", "欧阳", "司徒",
];
const GIVEN: &[&str] = &[
    "伟", "芳", "娜", "敏", "静", "强", "磊", "洋", "艳", "勇", "军", "杰", "娟", "涛", "明", "超", "秀", "霞", "平",
    "刚", "桂", "英", "华", "文", "玉", "兰", "晓", "志", "建", "国", "春", "梅", "海", "燕", "永", "佳", "宇", "欣",
    "思", "雨",
];
/// Characters that systems lose: an extension A one, one of the newest of the basic plane, one outside it.
const RARE: &[&str] = &["㛃", "䶮", "𬱖"];
const DOTTED_FIRST: &[&str] = &["阿依古丽", "麦麦提", "古丽娜尔", "艾力", "娜仁", "扎西", "帕提古丽", "岩温"];
const DOTTED_LAST: &[&str] = &["买买提", "吐尔逊", "艾合买提", "图雅", "阿不都拉", "次仁", "依明", "罕"];

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

#[derive(Clone)]
pub struct Identity {
    pub name: String,
    pub document_no: String,
    pub birth: NaiveDate,
    pub female: bool,
    pub phone: String,
}

/// The check character of the first 17 digits (GB 11643-1999).
pub fn check_character(first_17: &str) -> char {
    let sum: u32 = first_17.chars().zip(WEIGHTS).map(|(digit, weight)| digit.to_digit(10).unwrap_or(0) * weight).sum();
    let at = usize::try_from(sum % 11).expect("less than 11");
    char::from(b"10X98765432"[at])
}

/// Another last digit than the right one.
pub fn with_wrong_check(document_no: &str) -> String {
    let (first, last) = document_no.split_at(17);
    let wrong = if last == "7" { "3" } else { "7" };
    format!("{first}{wrong}")
}

/// Gives out identities and never the same document twice.
#[derive(Default)]
pub struct Identities {
    given: HashSet<String>,
}

impl Identities {
    pub fn born_between(&mut self, dice: &mut Dice, first_year: i32, last_year: i32) -> Identity {
        let female = dice.percent(50);
        loop {
            let (year, day) = (dice.between(first_year, last_year), dice.between(1, 365));
            let birth = NaiveDate::from_yo_opt(year, day.unsigned_abs()).expect("every year has 365 days");
            let address = if dice.percent(12) { "990000" } else { "000000" };
            let sequence = dice.below(499) * 2 + usize::from(!female);
            let first = format!("{address}{:04}{:02}{:02}{sequence:03}", year, birth.month(), birth.day());
            let document_no = format!("{first}{}", check_character(&first));
            if self.given.insert(document_no.clone()) {
                let phone = format!("100{:08}", dice.below(100_000_000));
                return Identity { name: name(dice), document_no, birth, female, phone };
            }
        }
    }
}

fn name(dice: &mut Dice) -> String {
    let kind = dice.below(100);
    if kind < 4 {
        return format!("{}·{}", dice.pick(DOTTED_FIRST), dice.pick(DOTTED_LAST));
    }
    let surname = dice.pick(SURNAMES);
    let first = if kind < 9 { dice.pick(RARE) } else { dice.pick(GIVEN) };
    let second = if dice.percent(70) { dice.pick(GIVEN) } else { "" };
    format!("{surname}{first}{second}")
}
