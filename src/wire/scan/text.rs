//! Which texts a form may carry: UTF-8 of limited length, without characters that do not print or that make a reader
//! see another text than the machine.

use crate::wire::content::Fault;

/// More marks than this on one character hide the line above it; no written language needs them.
const MARKS_MAX: u32 = 4;

/// Checks one text field; `most` counts characters.
pub fn check(bytes: &[u8], most: u32) -> Result<(), Fault> {
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::Protobuf("the text is not UTF-8"))?;
    let mut length = 0u32;
    let mut marks = 0u32;
    for c in text.chars() {
        length += 1;
        if length > most {
            return Err(Fault::TooLong { most });
        }
        if c.is_control() {
            return Err(Fault::Text("a control character"));
        }
        if is_deceptive(c) {
            return Err(Fault::Text("an invisible or direction-changing character"));
        }
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if marks > MARKS_MAX {
            return Err(Fault::Text("too many combining marks"));
        }
    }
    Ok(())
}

/// Variation selectors stay allowed: they choose between forms of a rare name character.
fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
        || u32::from(c) & 0xfffe == 0xfffe
}

fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_names_pass_and_deceptive_ones_do_not() {
        for text in ["㛃䶮𬱖", "阿卜杜拉·买买提", "葛\u{e0100}", "", "é"] {
            assert_eq!(check(text.as_bytes(), 50), Ok(()), "{text}");
        }
        for text in ["张\0三", "张\n三", "张\u{202e}三", "张\u{200b}三", "\u{feff}张", "张\u{ffff}"] {
            assert!(matches!(check(text.as_bytes(), 50), Err(Fault::Text(_))), "{text:?}");
        }
        assert!(matches!(check(format!("e{}", "\u{301}".repeat(5)).as_bytes(), 50), Err(Fault::Text(_))));
        assert!(matches!(check(b"\xff\xfe", 50), Err(Fault::Protobuf(_))));
        assert_eq!(check("𬱖".repeat(51).as_bytes(), 50), Err(Fault::TooLong { most: 50 }));
        assert_eq!(check("𬱖".repeat(50).as_bytes(), 50), Ok(()));
    }
}
