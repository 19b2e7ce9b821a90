//! What SQLite's write-ahead log holds, read as SQLite reads it: frames up to the last commit whose checksums hold.
//! Source: <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::pages::checksum;

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// Checksums over big-endian words end in 3, others in 2.
const MAGIC: u32 = 0x377f_0682;
const VERSION: u32 = 3_007_000;

/// Two numbers that every frame repeats; others once the log is begun anew.
pub type Salts = [u32; 2];

/// How far a log was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    pub salts: Salts,
    /// Frames up to the last commit.
    pub frames: u32,
    /// The running checksum behind them.
    sum: [u32; 2],
}

/// What a log says beyond the position it was read from.
#[derive(Debug, Default)]
pub struct News {
    /// The log is another one than before: what the one before held lies in the database file.
    pub is_anew: bool,
    /// Checksum of each page's last frame.
    pub pages: BTreeMap<u32, u32>,
    /// Pages of the database after the last commit.
    pub size: Option<u32>,
}

struct Header {
    salts: Salts,
    sum: [u32; 2],
    page_size: usize,
    is_big_endian: bool,
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// SQLite's own sum over pairs of words.
fn add(mut sum: [u32; 2], bytes: &[u8], is_big_endian: bool) -> [u32; 2] {
    for pair in bytes.chunks_exact(8) {
        let read = |at| if is_big_endian { word(pair, at) } else { word(pair, at).swap_bytes() };
        sum[0] = sum[0].wrapping_add(read(0)).wrapping_add(sum[1]);
        sum[1] = sum[1].wrapping_add(read(4)).wrapping_add(sum[0]);
    }
    sum
}

impl Header {
    /// `None`: there is no log, as SQLite sees it.
    fn read(bytes: &[u8; HEADER]) -> Option<Header> {
        let is_big_endian = word(bytes, 0) == MAGIC + 1;
        let sum = add([0, 0], &bytes[..24], is_big_endian);
        let is_whole = sum == [word(bytes, 24), word(bytes, 28)];
        let page_size = usize::try_from(word(bytes, 8)).ok().filter(|size| size.is_power_of_two());
        let known = (word(bytes, 0) == MAGIC || is_big_endian) && word(bytes, 4) == VERSION && is_whole;
        let page_size = page_size.filter(|size| known && (512..=65_536).contains(size))?;
        Some(Header { salts: [word(bytes, 16), word(bytes, 20)], sum, page_size, is_big_endian })
    }
}

/// Fills the buffer; false at the end of the file.
fn fill(file: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<bool> {
    match file.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(cause) if cause.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(cause) => Err(cause),
    }
}

/// How many frames are committed, as SQLite's connections have it among themselves; `None` where none is open. A commit whose
/// sync failed stands whole in the log and counts for nothing: the next one is written over it.
/// Source: <https://www.sqlite.org/walformat.html#the_wal_index_header>.
pub fn committed(index: &File) -> std::io::Result<Option<u32>> {
    let mut header = [0; 20];
    let is_made = index.read_at(&mut header, 0)? == header.len() && header[12] == 1;
    Ok(is_made.then(|| u32::from_ne_bytes([header[16], header[17], header[18], header[19]])))
}

/// Reads on from `position`, which moves behind the last commit, and not past so many frames.
pub fn read_on(log: &Path, position: &mut Position, most: u32) -> std::io::Result<News> {
    let mut news = News::default();
    let mut file = match File::open(log) {
        Ok(file) => file,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(none(position)),
        Err(cause) => return Err(cause),
    };
    let mut bytes = [0; HEADER];
    let Some(header) = fill(&mut file, &mut bytes)?.then(|| Header::read(&bytes)).flatten() else {
        return Ok(none(position));
    };
    if position.frames == 0 || position.salts != header.salts {
        news.is_anew = position.salts != header.salts;
        *position = Position { salts: header.salts, frames: 0, sum: header.sum };
    }
    let mut frame = vec![0; FRAME_HEADER + header.page_size];
    file.seek(SeekFrom::Start(HEADER as u64 + u64::from(position.frames) * frame.len() as u64))?;
    let mut file = BufReader::with_capacity(16 * frame.len(), file);
    let (mut sum, mut frames, mut open) = (position.sum, position.frames, BTreeMap::new());
    while frames < most && fill(&mut file, &mut frame)? {
        let (head, page) = frame.split_at(FRAME_HEADER);
        sum = add(add(sum, &head[..8], header.is_big_endian), page, header.is_big_endian);
        let is_ours = [word(head, 8), word(head, 12)] == header.salts && [word(head, 16), word(head, 20)] == sum;
        if !is_ours {
            break;
        }
        frames += 1;
        open.insert(word(head, 0), checksum(page));
        let size = word(head, 4);
        if size != 0 {
            news.pages.append(&mut open);
            news.size = Some(size);
            *position = Position { frames, sum, ..*position };
        }
    }
    Ok(news)
}

fn none(position: &mut Position) -> News {
    let is_anew = *position != Position::default();
    *position = Position::default();
    News { is_anew, ..News::default() }
}

/// Whether the log holds more than so many frames: two small reads.
pub fn is_longer(log: &Path, frames: u32) -> std::io::Result<bool> {
    let file = match File::open(log) {
        Ok(file) => file,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(false),
        Err(cause) => return Err(cause),
    };
    let mut bytes = [0; HEADER];
    if file.read_at(&mut bytes, 0)? < HEADER {
        return Ok(false);
    }
    let page_size = u64::from(word(&bytes, 8));
    let mut salts = [0; 8];
    let at = HEADER as u64 + u64::from(frames) * (FRAME_HEADER as u64 + page_size) + 8;
    // Behind the end of a log that was begun anew stand frames of the one before, with other salts.
    Ok(file.read_at(&mut salts, at)? == salts.len() && salts == bytes[16..24])
}
