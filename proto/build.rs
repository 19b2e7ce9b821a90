//! Makes two things from the contract, without protoc: the generated messages, and the tables of the strict scan.
//!
//! The limits in the tables are read from the comments of the contract ("At most 40 characters"), so that what other
//! agencies are told and what is enforced cannot drift apart. A text, bytes or repeated field without a limit fails
//! the build.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;

const FILES: [&str; 8] = ["common", "envelope", "letter", "sheet", "funds", "completion", "receipts", "notices"];
/// Presence is tracked in one 64-bit word per message.
const FIELDS_MAX: usize = 64;

// Numbers of google.protobuf.FieldDescriptorProto.Type.
const INT64: i32 = 3;
const UINT64: i32 = 4;
const BOOL: i32 = 8;
const STRING: i32 = 9;
const MESSAGE: i32 = 11;
const BYTES: i32 = 12;
const UINT32: i32 = 13;
const ENUM: i32 = 14;
const LABEL_REPEATED: i32 = 3;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let paths: Vec<String> = FILES.iter().map(|name| format!("proto/jiexu/v1/{name}.proto")).collect();
    let set = protox::compile(&paths, ["proto"])?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);

    let mut names: Vec<String> = Vec::new();
    let mut enums: HashMap<String, Vec<i32>> = HashMap::new();
    for file in &set.file {
        names.extend(file.message_type.iter().map(|message| format!(".{}.{}", file.package(), message.name())));
        for declared in &file.enum_type {
            let values = declared.value.iter().map(|value| value.number()).filter(|number| *number != 0).collect();
            enums.insert(format!(".{}.{}", file.package(), declared.name()), values);
        }
    }

    let mut tables = String::from("pub(super) static MESSAGES: &[MessageRule] = &[\n");
    for file in &set.file {
        let mut comments: HashMap<Vec<i32>, String> = HashMap::new();
        for location in file.source_code_info.iter().flat_map(|info| &info.location) {
            comments.insert(location.path.clone(), location.leading_comments().to_lowercase());
        }
        for (index, message) in file.message_type.iter().enumerate() {
            if message.field.len() > FIELDS_MAX || !message.nested_type.is_empty() || !message.enum_type.is_empty() {
                return Err(format!("{}: too many fields, or nested types", message.name()).into());
            }
            writeln!(tables, "    MessageRule {{ name: \"{}\", fields: &[", message.name())?;
            for (position, field) in message.field.iter().enumerate() {
                let path = vec![4, i32::try_from(index)?, 2, i32::try_from(position)?];
                let place = format!("{}.{}", message.name(), field.name());
                let comment = comments.get(&path).ok_or_else(|| format!("{place} has no comment"))?;
                let repeated = field.label() as i32 == LABEL_REPEATED;
                let items = limit(comment, "at most ", " items");
                let kind = match field.r#type() as i32 {
                    INT64 => "FieldRule::Signed64".to_owned(),
                    UINT64 => "FieldRule::Unsigned64".to_owned(),
                    UINT32 => "FieldRule::Unsigned32".to_owned(),
                    BOOL => "FieldRule::Bool".to_owned(),
                    STRING => match limit(comment, "at most ", " characters") {
                        Some(most) => format!("FieldRule::Text {{ most: {most} }}"),
                        None => return Err(format!("{place}: the comment states no limit of characters").into()),
                    },
                    BYTES => match (limit(comment, "exactly ", " bytes"), limit(comment, "at most ", " bytes")) {
                        (Some(exact), _) => format!("FieldRule::Bytes {{ least: {exact}, most: {exact} }}"),
                        (None, Some(most)) => format!("FieldRule::Bytes {{ least: 0, most: {most} }}"),
                        (None, None) => return Err(format!("{place}: the comment states no limit of bytes").into()),
                    },
                    ENUM => format!("FieldRule::Enum(&{:?})", enums[field.type_name()]),
                    MESSAGE => {
                        let found = names.iter().position(|name| name == field.type_name());
                        format!("FieldRule::Message({})", found.ok_or_else(|| format!("{place}: unknown type"))?)
                    }
                    other => return Err(format!("{place}: type {other} is not used in this contract").into()),
                };
                let most = match (repeated, items) {
                    (false, _) => "None".to_owned(),
                    (true, Some(most)) => format!("Some({most})"),
                    (true, None) => return Err(format!("{place}: the comment states no limit of items").into()),
                };
                writeln!(
                    tables,
                    "        Field {{ number: {}, name: \"{}\", rule: {kind}, items_most: {most} }},",
                    field.number(),
                    field.name()
                )?;
            }
            tables.push_str("    ] },\n");
        }
    }
    tables.push_str("];\n");
    std::fs::write(out.join("rules.rs"), tables)?;

    // No Debug on generated messages: they hold personal data and must not reach a log.
    prost_build::Config::new().disable_comments(["."]).skip_debug(["."]).compile_fds(set)?;
    Ok(())
}

/// The number between two words of a comment, thousands unseparated.
fn limit(comment: &str, before: &str, after: &str) -> Option<u32> {
    let mut rest = comment;
    while let Some(at) = rest.find(before) {
        rest = &rest[at + before.len()..];
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        if digits > 0 && rest[digits..].starts_with(after) {
            return rest[..digits].parse().ok();
        }
    }
    None
}
