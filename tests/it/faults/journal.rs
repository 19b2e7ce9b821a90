//! What the load generator was promised, line by line, each on the disk before it counts.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A word and a name a line: `applied BENCH-000000001`, `booked <payment>`.
pub struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    pub fn create(path: &Path) -> Journal {
        let file = File::options().create_new(true).append(true).open(path).expect("a journal");
        Journal { file, path: path.to_owned() }
    }

    /// Durable when this returns.
    pub fn note<'a>(&mut self, word: &str, names: impl IntoIterator<Item = &'a str>) {
        let lines: String = names.into_iter().map(|name| format!("{word} {name}\n")).collect();
        self.file.write_all(lines.as_bytes()).and_then(|()| self.file.sync_data()).expect("a journal that takes lines");
    }

    /// All names under a word, read from the disk.
    pub fn names(&self, word: &str) -> BTreeSet<String> {
        let text = std::fs::read_to_string(&self.path).expect("a journal");
        let named = text.lines().filter_map(|line| line.split_once(' ')).filter(|(first, _)| *first == word);
        named.map(|(_, name)| name.to_owned()).collect()
    }
}
