//! One step after another through a document. Refuses what a parser may let pass: a second root, text beside it, an
//! element left open, a character that XML forbids.

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use super::{DEPTH_MAX, Fault, XmlFault, words};

pub enum Step {
    Open(Opened),
    Text(String),
    Close,
    /// The whole document was read.
    End,
}

/// An element that begins.
pub struct Opened {
    /// `None` for a name that is not read, or one of another namespace than the root's.
    pub word: Option<&'static str>,
    pub at: usize,
    pub line: u64,
    pub currency: Option<String>,
}

pub struct Walk<'a> {
    text: &'a str,
    reader: NsReader<&'a [u8]>,
    depth: usize,
    /// The root's; empty before it.
    namespace: String,
    root_seen: bool,
    /// A byte, and the line it stands on: lines are counted on from here.
    counted: (usize, u64),
}

impl<'a> Walk<'a> {
    pub fn new(text: &'a str) -> Walk<'a> {
        let mut reader = NsReader::from_str(text);
        let config = reader.config_mut();
        config.enable_all_checks(true);
        config.expand_empty_elements = true;
        Walk { text, reader, depth: 0, namespace: String::new(), root_seen: false, counted: (0, 1) }
    }

    /// The namespace of the root that was opened.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The byte after the last step.
    pub fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).min(self.text.len())
    }

    /// Goes past the rest of an element that was just opened.
    pub fn skip(&mut self) -> Result<(), Fault> {
        let outside = self.depth - 1;
        while self.depth > outside {
            self.step()?;
        }
        Ok(())
    }

    pub fn step(&mut self) -> Result<Step, Fault> {
        loop {
            let at = self.position();
            let fault = |why| Fault { at, why };
            let event = self.reader.read_event().map_err(|_| self.malformed())?;
            match event {
                Event::Start(start) => return self.open(&start, at).map_err(fault).map(Step::Open),
                Event::End(_) => {
                    self.depth -= 1;
                    return Ok(Step::Close);
                }
                Event::Text(text) => {
                    if let Some(step) = self.inner(text.xml10_content().into_owned()).map_err(fault)? {
                        return Ok(step);
                    }
                }
                Event::CData(text) if self.depth > 0 => {
                    return Ok(Step::Text(text.xml10_content().into_owned()));
                }
                Event::GeneralRef(reference) if self.depth > 0 => {
                    return resolve(&reference).map_err(fault).map(Step::Text);
                }
                Event::DocType(_) => return Err(fault(XmlFault::DocType)),
                Event::Eof if self.depth == 0 && self.root_seen => return Ok(Step::End),
                Event::Decl(_) if !self.root_seen => {}
                Event::Comment(_) | Event::PI(_) => {}
                Event::CData(_) | Event::GeneralRef(_) | Event::Decl(_) | Event::Eof | Event::Empty(_) => {
                    return Err(fault(XmlFault::Malformed));
                }
            }
        }
    }

    fn malformed(&self) -> Fault {
        let at = usize::try_from(self.reader.error_position()).unwrap_or(usize::MAX).min(self.text.len());
        Fault { at, why: XmlFault::Malformed }
    }

    /// Text beside the root is blank, or the file is none.
    fn inner(&self, text: String) -> Result<Option<Step>, XmlFault> {
        match self.depth {
            0 if text.trim().is_empty() => Ok(None),
            0 => Err(XmlFault::Malformed),
            _ => Ok(Some(Step::Text(text))),
        }
    }

    fn open(&mut self, start: &BytesStart<'_>, at: usize) -> Result<Opened, XmlFault> {
        if self.depth == 0 && self.root_seen {
            return Err(XmlFault::Malformed);
        }
        if self.depth >= DEPTH_MAX {
            return Err(XmlFault::TooDeep);
        }
        let currency = currency(start)?;
        let (found, local) = self.reader.resolver().resolve_element(start.name());
        let namespace = match found {
            ResolveResult::Bound(namespace) => namespace.0,
            ResolveResult::Unbound => "",
            ResolveResult::Unknown(_) => return Err(XmlFault::Malformed),
        };
        if self.depth == 0 {
            self.namespace = namespace.to_owned();
        }
        let ours = namespace == self.namespace;
        let word = words::known(local.as_ref()).filter(|_| ours);
        self.depth += 1;
        self.root_seen = true;
        Ok(Opened { word, at, line: self.line(at), currency })
    }

    fn line(&mut self, at: usize) -> u64 {
        let (from, line) = self.counted;
        let feeds = self.text.as_bytes()[from..at].iter().filter(|byte| **byte == b'\n').count();
        self.counted = (at, line + feeds as u64);
        self.counted.1
    }
}

/// The attribute `Ccy`; the others are only checked.
fn currency(start: &BytesStart<'_>) -> Result<Option<String>, XmlFault> {
    let mut currency = None;
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| XmlFault::Malformed)?;
        let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|_| XmlFault::Entity)?;
        if attribute.value.contains('<') {
            return Err(XmlFault::Malformed);
        }
        if attribute.key.as_ref() == "Ccy" {
            currency = Some(value.trim().to_owned());
        }
    }
    Ok(currency)
}

/// A character by its number, or one of the five that XML names. All others would need a DTD.
fn resolve(reference: &BytesRef<'_>) -> Result<String, XmlFault> {
    match reference.resolve_char_ref() {
        Ok(Some(letter)) if is_allowed(letter) => Ok(letter.to_string()),
        Ok(None) => resolve_xml_entity(reference).map(str::to_owned).ok_or(XmlFault::Entity),
        Ok(Some(_)) | Err(_) => Err(XmlFault::Malformed),
    }
}

/// What XML 1.0 counts as a character.
pub fn is_allowed(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | '\u{20}'..='\u{FFFD}' | '\u{10000}'..)
}
