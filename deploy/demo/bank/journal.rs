//! An append-only CSV file that survives a kill at any byte: each line ends with a check over itself, a torn end is cut
//! off at start, damage anywhere else is an error. It never rewrites a line.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use anyhow::{Context, bail};

pub struct Journal {
    file: File,
}

/// A row's cells, without the check.
pub type Row = Vec<String>;

impl Journal {
    /// Opens or makes the file and gives back what it holds.
    pub fn open(path: &Path, header: &[&str]) -> anyhow::Result<(Journal, Vec<Row>)> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let (mut rows, good) = whole_lines(&bytes).with_context(|| format!("in {}", path.display()))?;
        if good < bytes.len() {
            file.set_len(u64::try_from(good).expect("a length fits 64 bits"))?;
            file.sync_all()?;
        }
        file.seek(SeekFrom::End(0))?;
        let mut journal = Journal { file };
        if rows.is_empty() {
            journal.append(&[header.iter().map(|&cell| cell.to_owned()).collect()])?;
            if let Some(folder) = path.parent() {
                File::open(folder)?.sync_all()?;
            }
        } else if rows.remove(0) != header {
            bail!("{} has other columns than {header:?}", path.display());
        }
        Ok((journal, rows))
    }

    /// Durable when it returns. After an error the file must be opened anew: how much was written is unknown.
    pub fn append(&mut self, rows: &[Row]) -> anyhow::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::new();
        for row in rows {
            bytes.extend_from_slice(&line(row));
        }
        self.file.write_all(&bytes)?;
        self.file.sync_data()?;
        Ok(())
    }
}

/// The rows below the header, for a reader beside the writer: an unfinished end is left alone.
pub fn read(path: &Path) -> anyhow::Result<Vec<Row>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let (rows, _) = whole_lines(&bytes).with_context(|| format!("in {}", path.display()))?;
    Ok(rows.into_iter().skip(1).collect())
}

fn line(row: &[String]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    writer.write_record(row).expect("memory takes every row");
    let mut bytes = writer.into_inner().expect("memory takes every row");
    bytes.pop();
    let check = check(&bytes);
    bytes.extend_from_slice(format!(",{check:016x}\n").as_bytes());
    bytes
}

/// FNV-1a, 64 bits: against torn lines, not against people.
fn check(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// All whole rows and the length they take. Cells hold no line breaks, so a line is a row.
fn whole_lines(bytes: &[u8]) -> anyhow::Result<(Vec<Row>, usize)> {
    let mut rows = Vec::new();
    let mut good = 0;
    let mut torn_at = None;
    for (at, text) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        match (row_of(text), torn_at) {
            (Some(row), None) => {
                rows.push(row);
                good += text.len();
            }
            (None, None) => torn_at = Some(at + 1),
            (_, Some(torn)) => bail!("line {torn} is damaged and others follow it; restore the file from a copy"),
        }
    }
    Ok((rows, good))
}

fn row_of(line: &[u8]) -> Option<Row> {
    let line = line.strip_suffix(b"\n")?;
    let comma = line.iter().rposition(|byte| *byte == b',')?;
    let (cells, written) = (&line[..comma], std::str::from_utf8(&line[comma + 1..]).ok()?);
    if written != format!("{:016x}", check(cells)) {
        return None;
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(cells);
    let row = reader.records().next()?.ok()?;
    Some(row.iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_cut_at_any_byte_keeps_every_whole_line_and_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.csv");
        let rows = [vec!["1".to_owned(), "王,\"䶮\"".to_owned()], vec!["2".to_owned(), String::new()]];
        let (mut journal, _) = Journal::open(&path, &["no", "name"]).unwrap();
        journal.append(&rows).unwrap();
        let whole = std::fs::read(&path).unwrap();
        let ends: Vec<usize> = (0..whole.len()).filter(|&at| whole[at] == b'\n').map(|at| at + 1).collect();
        assert_eq!(ends.len(), 3);
        for cut in 0..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let (mut journal, found) = Journal::open(&path, &["no", "name"]).unwrap();
            let kept = ends.iter().filter(|&&end| end <= cut).count().saturating_sub(1);
            assert_eq!(found, rows[..kept], "cut at {cut}");
            journal.append(&rows[kept..]).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), whole, "cut at {cut}");
        }
    }

    #[test]
    fn damage_before_the_end_is_not_cut_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.csv");
        let (mut journal, _) = Journal::open(&path, &["no"]).unwrap();
        journal.append(&[vec!["1".to_owned()], vec!["2".to_owned()]]).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        let at = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        bytes[at] = b'9';
        std::fs::write(&path, &bytes).unwrap();
        assert!(Journal::open(&path, &["no"]).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }
}
