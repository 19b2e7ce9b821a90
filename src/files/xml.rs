//! XML of banks, read strictly: one root, no DTD, no entities of its own, bounded depth and size. Knows no message; what
//! is not in [`words::WORDS`] is stepped over.

mod bytes;
mod fault;
mod place;
mod walk;
mod words;

pub(super) use bytes::{decode, looks_like_xml};
pub(super) use fault::Fault;
pub use fault::XmlFault;
pub use place::Place;
pub(super) use walk::{Opened, Step, Walk, is_allowed};

/// A bank's message has about a dozen levels.
const DEPTH_MAX: usize = 32;
/// Elements kept at once, of one entry: some 100 MB.
const ELEMENTS_MAX: usize = 1_000_000;

/// One element with everything below it that has a known name.
pub(super) struct Node {
    pub name: &'static str,
    /// The byte where it begins, for the place of a fault.
    pub at: usize,
    pub line: u64,
    /// The attribute `Ccy`.
    pub currency: Option<String>,
    text: String,
    children: Vec<Node>,
}

impl Node {
    /// Reads the rest of an element that was just opened.
    pub fn read(walk: &mut Walk<'_>, opened: Opened) -> Result<Node, Fault> {
        let mut room = ELEMENTS_MAX;
        let name = opened.word.unwrap_or_default();
        Node::fill(walk, Node::empty(name, opened), &mut room)
    }

    fn empty(name: &'static str, opened: Opened) -> Node {
        let Opened { at, line, currency, .. } = opened;
        Node { name, at, line, currency, text: String::new(), children: Vec::new() }
    }

    /// Calls itself no deeper than [`DEPTH_MAX`], which the walk guards.
    fn fill(walk: &mut Walk<'_>, mut node: Node, room: &mut usize) -> Result<Node, Fault> {
        loop {
            match walk.step()? {
                Step::Open(opened) => match opened.word {
                    None => walk.skip()?,
                    Some(name) => {
                        *room = room.checked_sub(1).ok_or_else(|| node.fault(XmlFault::TooLarge))?;
                        let child = Node::fill(walk, Node::empty(name, opened), room)?;
                        node.children.push(child);
                    }
                },
                Step::Text(text) => node.text.push_str(&text),
                Step::Close | Step::End => return Ok(node),
            }
        }
    }

    pub fn fault(&self, why: XmlFault) -> Fault {
        Fault { at: self.at, why }
    }

    /// The text without blanks around it.
    pub fn text(&self) -> &str {
        self.text.trim()
    }

    /// All children of this name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &Node> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The only element at a path such as `Refs/EndToEndId`. Twice is refused: which of two amounts counts is a guess.
    pub fn find(&self, path: &str) -> Result<Option<&Node>, Fault> {
        let mut node = self;
        for name in path.split('/') {
            let mut found = node.all(name);
            let Some(child) = found.next() else { return Ok(None) };
            if let Some(second) = found.next() {
                return Err(second.fault(XmlFault::Twice));
            }
            node = child;
        }
        Ok(Some(node))
    }

    /// The first of several paths at which something stands: versions of a message differ in them.
    pub fn first(&self, paths: &[&str]) -> Result<Option<&Node>, Fault> {
        for path in paths {
            if let Some(node) = self.find(path)?.filter(|node| !node.text().is_empty()) {
                return Ok(Some(node));
            }
        }
        Ok(None)
    }

    /// The text of an element that must be there.
    pub fn need(&self, what: &'static str) -> Result<&Node, Fault> {
        let found = self.find(what)?.filter(|node| !node.text().is_empty() || !node.children.is_empty());
        found.ok_or_else(|| self.fault(XmlFault::Missing { what }))
    }
}
