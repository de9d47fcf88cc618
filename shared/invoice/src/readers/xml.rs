//! XML with its claws cut, and a view on it that remembers which elements were read.

use std::cell::RefCell;
use std::collections::HashMap;

use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;
use roxmltree::{Document, Node, ParsingOptions};

use crate::document::Limits;
use crate::error::ReadError;
use crate::model::{Date, Decimal, Identifier, Invoice, Malformed, Unmapped};

/// The most nodes of one document: about what 8 MiB of a dense invoice have.
const MAX_NODES: u32 = 500_000;
/// The most entries of `unmapped` and of `malformed`; more would only repeat the document.
const MAX_ENTRIES: usize = 1000;
/// The longest text of such an entry, in characters.
const MAX_ENTRY_TEXT: usize = 1024;

/// The root element of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Root {
    pub(crate) name: String,
    pub(crate) namespace: String,
}

/// The root element, if the text has one; the rest of the document may be missing or broken.
pub(crate) fn root_of(text: &str) -> Option<Root> {
    if !text.trim_start().starts_with('<') {
        return None;
    }
    let mut reader = NsReader::from_str(text);
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) | Event::Empty(start) => {
                let (namespace, name) = reader.resolver().resolve_element(start.name());
                let namespace = match namespace {
                    ResolveResult::Bound(namespace) => namespace.into_inner().to_owned(),
                    _ => String::new(),
                };
                return Some(Root {
                    name: name.into_inner().to_owned(),
                    namespace,
                });
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// Refuses what no invoice has, in one pass that holds nothing: too many bytes, too deep, a document type declaration.
pub(crate) fn check(text: &str, limits: &Limits) -> Result<(), ReadError> {
    if text.len() > limits.xml_bytes {
        return Err(ReadError::TooLarge {
            what: "an XML document",
            limit: limits.xml_bytes,
        });
    }
    let mut reader = quick_xml::Reader::from_str(text);
    let mut depth = 0_usize;
    loop {
        match reader.read_event() {
            Ok(Event::Start(_)) => {
                depth += 1;
                if depth > limits.xml_depth {
                    return Err(ReadError::TooDeep {
                        limit: limits.xml_depth,
                    });
                }
            }
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::DocType(_)) => return Err(ReadError::DtdRefused),
            Ok(Event::Eof) if depth > 0 => {
                return Err(ReadError::NotWellFormed {
                    reason: "it ends before its root element does".to_owned(),
                });
            }
            Ok(Event::Eof) => return Ok(()),
            Ok(_) => {}
            Err(error) => {
                return Err(ReadError::NotWellFormed {
                    reason: error.to_string(),
                });
            }
        }
    }
}

/// Parses a document under the limits, gives it to a reader, and adds to the invoice what the reader left aside.
pub(crate) fn with_document(
    text: &str,
    limits: &Limits,
    read: impl FnOnce(&El<'_>) -> Result<Invoice, ReadError>,
) -> Result<Invoice, ReadError> {
    with_tree(text, limits, |root, tracker| {
        let mut invoice = read(&root)?;
        let left = tracker.left_aside(root.node);
        invoice.source.unmapped = left.unmapped;
        invoice.source.malformed = left.malformed;
        Ok(invoice)
    })
}

/// Parses a document under the limits and gives its root to a function.
pub(crate) fn with_tree<T>(
    text: &str,
    limits: &Limits,
    read: impl FnOnce(El<'_>, &Tracker) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    check(text, limits)?;
    let options = ParsingOptions {
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::DtdDetected => ReadError::DtdRefused,
        roxmltree::Error::NodesLimitReached => ReadError::TooLarge {
            what: "an XML document, by its number of elements,",
            limit: limits.xml_bytes,
        },
        other => ReadError::NotWellFormed {
            reason: other.to_string(),
        },
    })?;
    let tracker = Tracker::new(document.descendants().count());
    read(
        El {
            node: document.root_element(),
            tracker: &tracker,
        },
        &tracker,
    )
}

/// Which elements were read, and which values were not what they should be.
pub(crate) struct Tracker {
    seen: RefCell<Vec<bool>>,
    malformed: RefCell<HashMap<usize, String>>,
}

/// What a reader left aside.
pub(crate) struct LeftAside {
    pub(crate) unmapped: Vec<Unmapped>,
    pub(crate) malformed: Vec<Malformed>,
}

impl Tracker {
    fn new(nodes: usize) -> Self {
        Self {
            seen: RefCell::new(vec![false; nodes]),
            malformed: RefCell::default(),
        }
    }

    fn mark(&self, node: Node<'_, '_>) {
        if let Some(seen) = self.seen.borrow_mut().get_mut(node.id().get_usize()) {
            *seen = true;
        }
    }

    fn is_seen(&self, node: Node<'_, '_>) -> bool {
        self.seen
            .borrow()
            .get(node.id().get_usize())
            .copied()
            .unwrap_or(false)
    }

    /// The elements below `root` with text that nobody read, and the values that were refused, each with its path.
    pub(crate) fn left_aside(&self, root: Node<'_, '_>) -> LeftAside {
        let mut left = LeftAside {
            unmapped: Vec::new(),
            malformed: Vec::new(),
        };
        let mut path = root.tag_name().name().to_owned();
        self.collect(root, &mut path, &mut left);
        left
    }

    fn collect(&self, node: Node<'_, '_>, path: &mut String, left: &mut LeftAside) {
        if left.unmapped.len() >= MAX_ENTRIES && left.malformed.len() >= MAX_ENTRIES {
            return;
        }
        if let Some(text) = own_text(node) {
            let cut = || text.chars().take(MAX_ENTRY_TEXT).collect::<String>();
            if let Some(problem) = self.malformed.borrow().get(&node.id().get_usize()) {
                if left.malformed.len() < MAX_ENTRIES {
                    left.malformed.push(Malformed {
                        path: path.clone(),
                        text: cut(),
                        problem: problem.clone(),
                    });
                }
            } else if !self.is_seen(node) && left.unmapped.len() < MAX_ENTRIES {
                left.unmapped.push(Unmapped {
                    path: path.clone(),
                    text: cut(),
                });
            }
        }
        let mut totals: HashMap<&str, usize> = HashMap::new();
        for child in node.children().filter(Node::is_element) {
            *totals.entry(child.tag_name().name()).or_default() += 1;
        }
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for child in node.children().filter(Node::is_element) {
            let name = child.tag_name().name();
            let count = counts.entry(name).or_default();
            *count += 1;
            let end = path.len();
            path.push('/');
            path.push_str(name);
            if totals.get(name).is_some_and(|total| *total > 1) {
                path.push_str(&format!("[{count}]"));
            }
            self.collect(child, path, left);
            path.truncate(end);
        }
    }
}

/// The text of an element itself, trimmed; `None` when there is none.
fn own_text(node: Node<'_, '_>) -> Option<String> {
    let mut text = String::new();
    for child in node.children().filter(Node::is_text) {
        text.push_str(child.text().unwrap_or_default());
    }
    let trimmed = text.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

/// An element. Names are local names: prefixes and, below the root, namespaces vary in the wild.
#[derive(Clone, Copy)]
pub(crate) struct El<'a> {
    pub(crate) node: Node<'a, 'a>,
    tracker: &'a Tracker,
}

impl<'a> El<'a> {
    /// The local name.
    pub(crate) fn name(&self) -> &'a str {
        self.node.tag_name().name()
    }

    /// The children with a name, in order.
    pub(crate) fn all(self, name: &'static str) -> impl Iterator<Item = El<'a>> {
        let tracker = self.tracker;
        self.node
            .children()
            .filter(move |node| node.is_element() && node.tag_name().name() == name)
            .map(move |node| El { node, tracker })
    }

    /// All child elements, in order.
    pub(crate) fn elements(self) -> impl Iterator<Item = El<'a>> {
        let tracker = self.tracker;
        self.node
            .children()
            .filter(Node::is_element)
            .map(move |node| El { node, tracker })
    }

    /// The first descendant with a name.
    pub(crate) fn anywhere(self, name: &str) -> Option<El<'a>> {
        let found = self
            .node
            .descendants()
            .find(|node| node.is_element() && node.tag_name().name() == name)?;
        Some(El {
            node: found,
            tracker: self.tracker,
        })
    }

    /// The first child with a name.
    pub(crate) fn one(self, name: &'static str) -> Option<El<'a>> {
        self.all(name).next()
    }

    /// The first element along a path of names.
    pub(crate) fn at(self, path: &[&'static str]) -> Option<El<'a>> {
        path.iter().try_fold(self, |el, name| el.one(name))
    }

    /// The element's own text, read.
    pub(crate) fn text(self) -> Option<String> {
        self.tracker.mark(self.node);
        own_text(self.node)
    }

    /// The text of the first element along a path, read.
    pub(crate) fn text_at(self, path: &[&'static str]) -> Option<String> {
        self.at(path)?.text()
    }

    /// The text of the first element along a path, when `read` allows it and not otherwise.
    pub(crate) fn peek_at(self, path: &[&'static str]) -> Option<String> {
        own_text(self.at(path)?.node)
    }

    /// An attribute by its local name, trimmed; `None` when absent or empty.
    pub(crate) fn attr(self, name: &str) -> Option<String> {
        let value = self
            .node
            .attributes()
            .find(|attribute| attribute.name() == name)?
            .value()
            .trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// Takes the element and all below it as read: they say nothing that the model does not already know.
    pub(crate) fn settle(self) {
        for node in self.node.descendants() {
            self.tracker.mark(node);
        }
    }

    /// Takes the first element along a path as read.
    pub(crate) fn settle_at(self, path: &[&'static str]) {
        if let Some(el) = self.at(path) {
            el.settle();
        }
    }

    /// Takes the first element along a path as read when its text is one of those given.
    pub(crate) fn settle_if(self, path: &[&'static str], texts: &[&str]) {
        if let Some(el) = self.at(path)
            && own_text(el.node).is_some_and(|text| texts.contains(&text.as_str()))
        {
            el.settle();
        }
    }

    /// The element's decimal, read; a text that is none is noted as malformed.
    pub(crate) fn decimal(self) -> Option<Decimal> {
        let text = self.text()?;
        match text.parse() {
            Ok(decimal) => Some(decimal),
            Err(problem) => {
                self.refuse(format!("a decimal number is called for: {problem}"));
                None
            }
        }
    }

    /// The decimal of the first element along a path, read.
    pub(crate) fn decimal_at(self, path: &[&'static str]) -> Option<Decimal> {
        self.at(path)?.decimal()
    }

    /// The element's date as `2026-11-23`, read; a text that is none is noted as malformed.
    pub(crate) fn date(self) -> Option<Date> {
        let text = self.text()?;
        let date = Date::from_iso(&text);
        if date.is_none() {
            self.refuse("a date of the form 2026-11-23 is called for".to_owned());
        }
        date
    }

    /// The date of the first element along a path, read.
    pub(crate) fn date_at(self, path: &[&'static str]) -> Option<Date> {
        self.at(path)?.date()
    }

    /// Notes the element's text as malformed.
    pub(crate) fn refuse(self, problem: String) {
        let mut malformed = self.tracker.malformed.borrow_mut();
        if malformed.len() < MAX_ENTRIES {
            malformed.insert(self.node.id().get_usize(), problem);
        }
    }

    /// The element as an identifier with the scheme in `schemeID`, read.
    pub(crate) fn identifier(self) -> Option<Identifier> {
        Some(Identifier {
            id: self.text()?,
            scheme: self.attr("schemeID"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Kind;
    use crate::model::{Dialect, Source, Syntax};

    fn read(text: &str, f: impl FnOnce(El<'_>)) -> Result<Invoice, ReadError> {
        with_document(text, &Limits::default(), |root| {
            f(*root);
            Ok(Invoice::empty(Source::new(
                Kind::Cii,
                Syntax::Cii,
                Dialect::Unknown,
            )))
        })
    }

    #[test]
    fn what_is_not_read_is_listed_with_its_path() {
        let text = "<a><b>1</b><b>2<!-- x -->3</b><c><d>x</d></c><e/><f> </f></a>";
        let invoice = read(text, |root| {
            assert_eq!(root.text_at(&["b"]).as_deref(), Some("1"));
        })
        .unwrap();
        let listed: Vec<_> = invoice
            .source
            .unmapped
            .iter()
            .map(|u| (u.path.as_str(), u.text.as_str()))
            .collect();
        assert_eq!(listed, [("a/b[2]", "23"), ("a/c/d", "x")]);
    }

    #[test]
    fn a_value_of_the_wrong_form_is_noted_and_absent() {
        let invoice = read("<a><b>2400,00</b></a>", |root| {
            assert_eq!(root.decimal_at(&["b"]), None);
        })
        .unwrap();
        assert_eq!(invoice.source.malformed.len(), 1);
        assert_eq!(invoice.source.malformed[0].path, "a/b");
        assert_eq!(invoice.source.malformed[0].text, "2400,00");
        assert!(invoice.source.unmapped.is_empty());
    }

    #[test]
    fn the_list_of_what_is_not_read_has_an_end() {
        let text = format!("<a>{}</a>", "<b>x</b>".repeat(200_000));
        let invoice = read(&text, |_| ()).unwrap();
        assert_eq!(invoice.source.unmapped.len(), MAX_ENTRIES);
    }

    #[test]
    fn hostile_documents_are_refused_before_a_tree_is_built() {
        let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
        assert_eq!(
            read(&deep, |_| ()).unwrap_err(),
            ReadError::TooDeep { limit: 64 }
        );
        assert_eq!(
            read("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", |_| ()).unwrap_err(),
            ReadError::DtdRefused
        );
        assert!(matches!(
            read("<a><b>", |_| ()).unwrap_err(),
            ReadError::NotWellFormed { .. }
        ));
        assert!(matches!(
            read("<a>&x;</a>", |_| ()).unwrap_err(),
            ReadError::NotWellFormed { .. }
        ));
        let large = format!("<a>{}</a>", " ".repeat(17 * 1024 * 1024));
        assert!(matches!(
            read(&large, |_| ()).unwrap_err(),
            ReadError::TooLarge { .. }
        ));
    }
}
