//! The person: name and identity document.

use serde::{Deserialize, Serialize};

/// 姓名. (rules by its owner)
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct PersonName(String);

/// 证件. (rules by its owner)
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Document(String);
