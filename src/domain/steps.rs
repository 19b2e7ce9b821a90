//! 办理方式: which steps the named system actor takes by itself, and which wait until a person releases them. What the
//! step does is the same either way; only who says "now" differs.

use serde::{Deserialize, Serialize};

/// Who takes a step whose conditions are met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// The system actor ([`super::event::AUTO`]), at once.
    #[default]
    Auto,
    /// A person: the case waits with a task.
    Review,
}

/// One row a step: variant, word, task, 中文, English.
macro_rules! steps {
    ($($(#[$doc:meta])* $variant:ident $field:ident $task:literal $zh:literal $en:literal;)+) => {
        /// A step that a person may have to release.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Step { $($(#[$doc])* $variant,)+ }

        impl Step {
            pub const ALL: &'static [Step] = &[$(Step::$variant,)+];

            /// The word in the configuration.
            pub fn word(self) -> &'static str {
                match self { $(Step::$variant => stringify!($field),)+ }
            }

            /// The kind of the task with which a case waits.
            pub fn task(self) -> &'static str {
                match self { $(Step::$variant => $task,)+ }
            }

            pub fn names(self) -> (&'static str, &'static str) {
                match self { $(Step::$variant => ($zh, $en),)+ }
            }
        }

        /// How an agency takes each step.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Steps { $($(#[$doc])* pub $field: Way,)+ }

        impl Steps {
            /// Every step the same way.
            pub fn all(way: Way) -> Steps {
                Steps { $($field: way,)+ }
            }

            pub fn of(&self, step: Step) -> Way {
                match step { $(Step::$variant => self.$field,)+ }
            }

            pub fn set(&mut self, step: Step, way: Way) {
                match step { $(Step::$variant => self.$field = way,)+ }
            }
        }
    };
}

steps! {
    /// 转入地: an application that may be accepted is accepted, and its letter leaves.
    Letter letter "REVIEW_LETTER" "受理发函" "accepting and sending the letter";
    /// 转出地: what the check of a letter found is carried out, a return as well as a sheet.
    Check check "REVIEW_CHECK" "核验联系函" "the check of the letter";
    /// 转出地: the sheet is issued; a letter that cannot be met still goes back by itself.
    Sheet sheet "REVIEW_SHEET" "出具信息表" "issuing the sheet";
    /// 转出地: the payment goes to our bank once the sheet is receipted.
    Payment payment "REVIEW_PAYMENT" "下达付款" "releasing the payment";
    /// 转入地: a sheet that verifies is merged.
    Merge merge "REVIEW_MERGE" "合并年限" "merging the months";
    /// 转入地: matched money is credited.
    Credit credit "REVIEW_CREDIT" "个人账户入账" "crediting the account";
    /// 转入地: the completion notice leaves once both tracks have ended.
    Completion completion "REVIEW_COMPLETION" "办结反馈" "the completion notice";
}

impl Step {
    pub fn from_word(word: &str) -> Option<Step> {
        Step::ALL.iter().copied().find(|step| step.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_waits_unless_the_agency_says_so_and_each_step_is_set_by_itself() {
        for step in Step::ALL {
            assert_eq!(Steps::default().of(*step), Way::Auto);
            let mut steps = Steps::default();
            steps.set(*step, Way::Review);
            let waiting: Vec<&Step> = Step::ALL.iter().filter(|other| steps.of(**other) == Way::Review).collect();
            assert_eq!(waiting, [step]);
            assert_eq!(Step::from_word(step.word()), Some(*step));
        }
        assert_eq!(Step::from_word("return"), None);
    }
}
