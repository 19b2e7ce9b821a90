//! What a power cut leaves on a disk, made from what [`Disk`](super::disk::Disk) has noted.
//!
//! What a file's last sync covered is there. Of what was written later each sector of 512 bytes is as one of the writes
//! since left it, or as before: lost, kept and torn in any order, as the file's length is. A sector that never was on the
//! disk may hold zeros or anything. Names are there up to the folder's last sync; of the later changes of names the first
//! so many, for file systems that keep a journal write them in order. A sync of a file does not keep its name. A file is
//! made shorter as a whole or not at all: that goes through the journal too, and zeros in a file of the old length are
//! nothing that it leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::dice::Dice;
use super::disk::log::Record;

const SECTOR: usize = 512;

/// The disk at one moment.
#[derive(Default)]
pub struct Surface {
    files: BTreeMap<u64, Content>,
    names: BTreeMap<String, u64>,
    names_since: Vec<NameChange>,
}

#[derive(Default)]
struct Content {
    synced: Vec<u8>,
    since: Vec<Change>,
}

enum Change {
    Wrote { offset: usize, bytes: Vec<u8> },
    Sized(usize),
}

enum NameChange {
    Made(String, u64),
    Removed(String),
    Renamed(String, String),
}

/// What becomes of a write that was not synced.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Kept,
    Lost,
    Torn,
}

/// How one power cut treats what was not synced.
#[derive(Clone, Copy)]
enum Manner {
    NothingKept,
    /// Each write for itself.
    Scattered,
    /// The first ones, up to somewhere in the middle of one.
    FirstKept,
    /// The last ones, from somewhere in the middle of one: written back in another order.
    LastKept,
    EveryOneTorn,
}

const MANNERS: [Manner; 5] =
    [Manner::NothingKept, Manner::Scattered, Manner::FirstKept, Manner::LastKept, Manner::EveryOneTorn];

/// What is found when the power is back.
pub struct Image {
    pub files: BTreeMap<String, Vec<u8>>,
    /// Files of which something written is not there, or not whole.
    pub hurt: BTreeSet<String>,
}

impl Change {
    /// The bytes of the file that are other ones afterwards; `length` is the longest that the file ever was.
    fn range(&self, length: usize) -> std::ops::Range<usize> {
        match self {
            Change::Wrote { offset, bytes } => *offset..*offset + bytes.len(),
            Change::Sized(size) => *size..length.max(*size),
        }
    }

    fn length_after(&self, before: usize) -> usize {
        match self {
            Change::Wrote { offset, bytes } => before.max(offset + bytes.len()),
            Change::Sized(size) => *size,
        }
    }

    /// Does to one sector of a file what it does to the file.
    fn touch(&self, number: usize, sector: &mut [u8]) {
        let begin = number * SECTOR;
        match self {
            Change::Wrote { offset, bytes } => {
                let (from, to) = ((*offset).max(begin), (offset + bytes.len()).min(begin + SECTOR));
                if from < to {
                    sector[from - begin..to - begin].copy_from_slice(&bytes[from - offset..to - offset]);
                }
            }
            Change::Sized(size) => sector[size.saturating_sub(begin).min(SECTOR)..].fill(0),
        }
    }
}

fn place(offset: u64) -> usize {
    usize::try_from(offset).expect("a small file")
}

impl Content {
    fn change(&mut self, change: Change) {
        self.since.push(change);
    }

    fn sync(&mut self) {
        for change in self.since.drain(..) {
            match change {
                Change::Wrote { offset, bytes } => {
                    let end = offset + bytes.len();
                    if self.synced.len() < end {
                        self.synced.resize(end, 0);
                    }
                    self.synced[offset..end].copy_from_slice(&bytes);
                }
                Change::Sized(size) => self.synced.resize(size, 0),
            }
        }
    }

    /// What is there afterwards, and whether anything is missing.
    fn cut(&self, manner: Manner, dice: &mut Dice) -> (Vec<u8>, bool) {
        if self.since.is_empty() {
            return (self.synced.clone(), false);
        }
        let mut fates = fates(manner, self.since.len(), dice);
        for (fate, change) in fates.iter_mut().zip(&self.since) {
            if matches!(change, Change::Sized(_)) && *fate == Fate::Torn {
                *fate = if dice.strikes(50) { Fate::Kept } else { Fate::Lost };
            }
        }
        let mut lengths = vec![self.synced.len()];
        for change in &self.since {
            lengths.push(change.length_after(*lengths.last().expect("one at least")));
        }
        let longest = *lengths.iter().max().expect("one at least");
        let mut touching: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (n, change) in self.since.iter().enumerate() {
            let range = change.range(longest);
            for sector in range.start / SECTOR..range.end.div_ceil(SECTOR) {
                touching.entry(sector).or_default().push(n);
            }
        }
        let mut file = self.synced.clone();
        file.resize(longest.next_multiple_of(SECTOR), 0);
        for (number, changes) in touching {
            let sector = &mut file[number * SECTOR..(number + 1) * SECTOR];
            let reached = |n: &usize, dice: &mut Dice| match fates[*n] {
                Fate::Kept => true,
                Fate::Lost => false,
                Fate::Torn => dice.strikes(50),
            };
            let last = changes.iter().rposition(|n| reached(n, dice));
            for n in changes.iter().take(last.map_or(0, |last| last + 1)) {
                self.since[*n].touch(number, sector);
            }
            let is_new = number * SECTOR >= self.synced.len();
            if last.is_none() && is_new && matches!(manner, Manner::EveryOneTorn) && dice.strikes(25) {
                sector.iter_mut().for_each(|byte| *byte = dice.next().to_le_bytes()[0]);
            }
        }
        let last = fates.iter().rposition(|fate| *fate != Fate::Lost).map_or(0, |last| last + 1);
        let is_shortened = |n: &usize| lengths[n + 1] < lengths[*n] && fates[*n] == Fate::Kept;
        let shortened = (0..last).rev().find(is_shortened).map_or(0, |n| n + 1);
        // The length may be written back later than the bytes.
        let length =
            if dice.strikes(75) { lengths[last] } else { lengths[shortened + dice.below(last + 1 - shortened)] };
        file.truncate(length);
        let is_hurt = fates.iter().any(|fate| *fate != Fate::Kept) || length != lengths[self.since.len()];
        (file, is_hurt)
    }
}

fn fates(manner: Manner, count: usize, dice: &mut Dice) -> Vec<Fate> {
    let middle = dice.below(count);
    let fate = |n: usize| match manner {
        Manner::NothingKept => Fate::Lost,
        Manner::Scattered if dice.strikes(50) => Fate::Kept,
        Manner::Scattered => Fate::Lost,
        Manner::EveryOneTorn => Fate::Torn,
        _ if n == middle => Fate::Torn,
        Manner::FirstKept if n < middle => Fate::Kept,
        Manner::LastKept if n > middle => Fate::Kept,
        Manner::FirstKept | Manner::LastKept => Fate::Lost,
    };
    (0..count).map(fate).collect()
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<String, u64>) {
        match self {
            NameChange::Made(name, file) => {
                names.insert(name.clone(), *file);
            }
            NameChange::Removed(name) => {
                names.remove(name);
            }
            NameChange::Renamed(from, to) => {
                if let Some(file) = names.remove(from) {
                    names.insert(to.clone(), file);
                }
            }
        }
    }
}

impl Surface {
    /// The next thing that happened. The dice say what a failed sync lost for good.
    pub fn apply(&mut self, record: &Record, dice: &mut Dice) {
        let mut change = |file: &u64, change| self.files.entry(*file).or_default().change(change);
        match record {
            Record::Created { file, path } => self.names_since.push(NameChange::Made(path.clone(), *file)),
            Record::Wrote { file, offset, bytes } => {
                change(file, Change::Wrote { offset: place(*offset), bytes: bytes.clone() });
            }
            Record::Sized { file, size } => change(file, Change::Sized(place(*size))),
            Record::Synced { file } => self.files.entry(*file).or_default().sync(),
            // The kernel counts the pages as written; no later sync will say anything of them.
            Record::SyncFailed { file } => self.files.entry(*file).or_default().since.retain(|_| dice.strikes(50)),
            Record::Removed { path } => self.names_since.push(NameChange::Removed(path.clone())),
            Record::Renamed { from, to } => self.names_since.push(NameChange::Renamed(from.clone(), to.clone())),
            Record::FolderSynced { .. } => {
                self.names_since.drain(..).for_each(|change| change.apply(&mut self.names));
            }
        }
    }

    /// The power goes now.
    pub fn cut(&self, dice: &mut Dice) -> Image {
        let manner = MANNERS[dice.below(MANNERS.len())];
        let mut names = self.names.clone();
        let kept = match manner {
            Manner::NothingKept => 0,
            _ => dice.below(self.names_since.len() + 1),
        };
        self.names_since[..kept].iter().for_each(|change| change.apply(&mut names));
        let mut image = Image { files: BTreeMap::new(), hurt: BTreeSet::new() };
        let nothing = Content::default();
        for (name, number) in names {
            let (bytes, is_hurt) = self.files.get(&number).unwrap_or(&nothing).cut(manner, dice);
            if is_hurt {
                image.hurt.insert(name.clone());
            }
            image.files.insert(name, bytes);
        }
        image
    }
}

impl Image {
    /// Into a folder of its own.
    pub fn write(&self, folder: &Path) {
        std::fs::create_dir_all(folder).expect("a folder");
        for (name, bytes) in &self.files {
            std::fs::write(folder.join(name), bytes).expect("a file");
        }
    }
}

/// What the power cut at the end of this log leaves.
pub fn cut_at_the_end(log: &[Record], dice: &mut Dice) -> Image {
    let mut surface = Surface::default();
    log.iter().for_each(|record| surface.apply(record, dice));
    surface.cut(dice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrote(offset: u64, byte: u8, length: usize) -> Record {
        Record::Wrote { file: 1, offset, bytes: vec![byte; length] }
    }

    fn cuts(log: &[Record]) -> Vec<Image> {
        (0..400).map(|seed| cut_at_the_end(log, &mut Dice::new(seed))).collect()
    }

    fn named(more: &[Record]) -> Vec<Record> {
        let made = [Record::Created { file: 1, path: "a".to_owned() }, Record::FolderSynced { path: String::new() }];
        [&made, more].concat()
    }

    #[test]
    fn what_was_synced_is_always_there_and_the_rest_in_every_possible_way() {
        let log = named(&[wrote(0, 1, 1024), Record::Synced { file: 1 }, wrote(512, 2, 1024), wrote(1000, 3, 100)]);
        let images = cuts(&log);
        let files: Vec<&Vec<u8>> = images.iter().map(|image| &image.files["a"]).collect();
        assert!(files.iter().all(|file| file[..512] == [1; 512] && file.len() >= 1024));
        assert!(files.iter().any(|file| file.len() == 1024 && file[512..] == [1; 512]), "nothing kept");
        let torn = |file: &&&Vec<u8>| file.len() == 1536 && file[512] == 1 && file[1100] == 2;
        assert!(files.iter().any(|file| torn(&file)), "the second half of a write without the first");
        // A sector is as it was in memory at one moment: the second write of it does not come without the first.
        assert!(files.iter().all(|file| file[1000] != 3 || file[999] == 2));
        assert!(images.iter().filter(|image| image.hurt.contains("a")).count() > 350);
    }

    #[test]
    fn a_cut_file_may_still_be_long_and_a_failed_sync_is_not_made_good_by_the_next() {
        let cut = named(&[wrote(0, 1, 1024), Record::Synced { file: 1 }, Record::Sized { file: 1, size: 100 }]);
        let lengths: BTreeSet<usize> = cuts(&cut).iter().map(|image| image.files["a"].len()).collect();
        assert_eq!(lengths, BTreeSet::from([100, 1024]));
        let is_whole = |image: &Image| image.files["a"].iter().all(|byte| *byte == 1);
        assert!(cuts(&cut).iter().all(is_whole), "cut or not: nothing between");
        let failed = named(&[wrote(0, 1, 512), Record::SyncFailed { file: 1 }, Record::Synced { file: 1 }]);
        assert!(cuts(&failed).iter().any(|image| image.files["a"].is_empty()));
    }

    #[test]
    fn a_name_is_there_when_its_folder_was_synced_and_changes_of_names_come_in_order() {
        let again = [
            Record::Removed { path: "a".to_owned() },
            Record::Created { file: 2, path: "a".to_owned() },
            Record::Created { file: 3, path: "b".to_owned() },
        ];
        let images = cuts(&named(&[&[wrote(0, 1, 10), Record::Synced { file: 1 }], &again[..]].concat()));
        assert!(images.iter().any(|image| image.files.get("a").is_some_and(|bytes| bytes.len() == 10)));
        assert!(images.iter().any(|image| image.files.is_empty()));
        assert!(images.iter().all(|image| !image.files.contains_key("b") || image.files["a"].is_empty()));
        let made = [Record::Created { file: 1, path: "a".to_owned() }, wrote(0, 1, 10), Record::Synced { file: 1 }];
        assert!(cuts(&made).iter().any(|image| image.files.is_empty()), "a file's sync does not keep its name");
    }
}
