//! One attachment on its way from its `Contenu` to S3.

use base64_stream::Decoder;
use invoice::pivot_stream::{Container, MemberDecoder, MemberError, PieceJointe};

use crate::keys::EpisodeFolder;
use crate::manifest::{Finding, FindingCode, Role, StoredDocument};
use crate::media::{HEAD, Media};
use crate::name::SafeName;
use crate::store::StoreError;
use crate::writer::{DocumentWriter, Uploads};

/// The numbers of an invoice's documents: 01 for the main one, then in order.
#[derive(Debug)]
pub(super) struct Numbers {
    first_taken: bool,
    main_named: bool,
    next: u32,
}

impl Default for Numbers {
    fn default() -> Self {
        Self {
            first_taken: false,
            main_named: false,
            next: 2,
        }
    }
}

impl Numbers {
    /// The number of a document that is, or seems to be, the main one or not.
    fn give(&mut self, main: bool) -> u32 {
        if main && !self.first_taken {
            self.first_taken = true;
            return 1;
        }
        let number = self.next;
        self.next += 1;
        number
    }

    /// The role of a document: the first of type 01 is the main one.
    fn role(&mut self, type_pj: Option<&str>, position: u32) -> Role {
        let main = is_main(type_pj, position) && !self.main_named;
        self.main_named |= main;
        if main {
            Role::Principale
        } else {
            Role::Complementaire
        }
    }
}

/// Type 01 is an invoice or a credit note; without a type, the first attachment is.
fn is_main(type_pj: Option<&str>, position: u32) -> bool {
    match type_pj {
        Some(type_pj) => type_pj == "01",
        None => position == 1,
    }
}

/// An attachment that could not be unpacked; it is kept as it came, in a second pass.
#[derive(Debug)]
pub(super) struct Broken {
    /// How many contents of the invoice came before it.
    pub(super) content: u32,
    pub(super) number: u32,
    pub(super) role: Role,
    pub(super) piece_jointe: PieceJointe,
    pub(super) error: MemberError,
}

/// An attachment that is being read.
#[derive(Debug)]
pub(super) struct Attachment {
    content: u32,
    position: u32,
    decoder: Option<MemberDecoder>,
    writer: Option<DocumentWriter>,
    /// Unpacked bytes on their way to the writer.
    step: Vec<u8>,
    placed: Option<Placed>,
    container: Option<Container>,
    member_name: Option<String>,
    error: Option<MemberError>,
    /// Reads on after the ZIP was given up.
    check: Option<Decoder>,
}

/// What was decided when the upload started.
#[derive(Debug, Clone)]
struct Placed {
    number: u32,
    name: SafeName,
    media: Media,
}

/// What an attachment became.
pub(super) enum Kept {
    Document(Box<StoredDocument>),
    Broken(Box<Broken>),
    /// There was nothing in it.
    Nothing(Finding),
}

impl Attachment {
    pub(super) fn new(uploads: &Uploads, content: u32, position: u32) -> Self {
        Self {
            content,
            position,
            decoder: Some(MemberDecoder::default()),
            writer: Some(uploads.document()),
            step: Vec::new(),
            placed: None,
            container: None,
            member_name: None,
            error: None,
            check: None,
        }
    }

    /// Takes the next characters of the content. A broken attachment is no error here: it is remembered.
    pub(super) async fn content(
        &mut self,
        base64: &[u8],
        folder: &EpisodeFolder,
        numbers: &mut Numbers,
    ) -> Result<(), StoreError> {
        let Some(decoder) = &mut self.decoder else {
            self.check(base64);
            return Ok(());
        };
        if let Err(error) = decoder.push(base64) {
            self.give_up(error).await;
            return Ok(());
        }
        loop {
            let Some(decoder) = &mut self.decoder else {
                return Ok(());
            };
            match decoder.pull(&mut self.step) {
                Ok(true) => self.write_step(folder, numbers).await?,
                Ok(false) => return Ok(()),
                Err(error) => self.give_up(error).await,
            }
        }
    }

    /// The content ended.
    pub(super) async fn end(
        &mut self,
        folder: &EpisodeFolder,
        numbers: &mut Numbers,
    ) -> Result<(), StoreError> {
        self.remember_name();
        let Some(decoder) = self.decoder.take() else {
            self.end_check();
            return Ok(());
        };
        match decoder.finish(&mut self.step) {
            Ok(member) => {
                self.container = Some(member.container);
                self.write_step(folder, numbers).await
            }
            Err(error) => {
                self.give_up(error).await;
                Ok(())
            }
        }
    }

    /// The rest of a content whose ZIP was given up is still checked: whether it is base64 decides how it can be kept.
    fn check(&mut self, base64: &[u8]) {
        let Some(check) = &mut self.check else { return };
        if let Err(error) = check.push(base64, &mut self.step) {
            self.check = None;
            self.error = Some(error.into());
        }
        self.step.clear();
    }

    fn end_check(&mut self) {
        let Some(check) = self.check.take() else {
            return;
        };
        if let Err(error) = check.finish(&mut self.step) {
            self.error = Some(error.into());
        }
    }

    async fn give_up(&mut self, error: MemberError) {
        let decoder = self.decoder.take();
        self.check = decoder
            .filter(|_| !error.is_base64())
            .map(MemberDecoder::into_base64);
        self.error = Some(error);
        self.step = Vec::new();
        if let Some(writer) = self.writer.take() {
            writer.abort().await;
        }
    }

    fn remember_name(&mut self) {
        if self.member_name.is_none() {
            self.member_name = self
                .decoder
                .as_ref()
                .and_then(MemberDecoder::name)
                .map(|name| name.full.clone());
        }
    }

    async fn write_step(
        &mut self,
        folder: &EpisodeFolder,
        numbers: &mut Numbers,
    ) -> Result<(), StoreError> {
        let more = self.step.len();
        if self
            .writer
            .as_ref()
            .is_some_and(|writer| writer.needs_place(more))
        {
            self.remember_name();
            let name = self.member_name.clone();
            self.place(name.as_deref(), self.position == 1, folder, numbers);
        }
        if let Some(writer) = &mut self.writer {
            writer.write(&self.step).await?;
        }
        self.step.clear();
        Ok(())
    }

    /// Gives the document its number and name, and its writer its key.
    fn place(
        &mut self,
        name: Option<&str>,
        main: bool,
        folder: &EpisodeFolder,
        numbers: &mut Numbers,
    ) -> Option<Placed> {
        let writer = self.writer.as_mut()?;
        let head = writer.head();
        let media = Media::of(head.get(..head.len().min(HEAD)).unwrap_or_default());
        let original = name.unwrap_or_default();
        let name = SafeName::new(original, media.missing_extension(original));
        let placed = Placed {
            number: numbers.give(main),
            name,
            media,
        };
        writer.place(
            folder.document(placed.number, &placed.name),
            placed.media.mime(),
        );
        self.placed = Some(placed.clone());
        Some(placed)
    }

    /// All is known of the attachment: it is written to its end, or noted as broken.
    pub(super) async fn keep(
        mut self,
        piece_jointe: PieceJointe,
        folder: &EpisodeFolder,
        numbers: &mut Numbers,
    ) -> Result<Kept, StoreError> {
        let type_pj = piece_jointe.type_pj.as_deref();
        let main = is_main(type_pj, self.position);
        if self.error == Some(MemberError::Empty) {
            let detail = format!("attachment {} is empty", self.position);
            return Ok(Kept::Nothing(Finding::new(FindingCode::Empty, detail)));
        }
        let role = numbers.role(type_pj, self.position);
        if let Some(error) = self.error {
            let number = self
                .placed
                .map_or_else(|| numbers.give(main), |placed| placed.number);
            return Ok(Kept::Broken(Box::new(Broken {
                content: self.content,
                number,
                role,
                piece_jointe,
                error,
            })));
        }
        let placed = match self.placed.clone() {
            Some(placed) => Some(placed),
            None => {
                let name = piece_jointe
                    .nom
                    .clone()
                    .filter(|name| !name.trim().is_empty())
                    .or_else(|| self.member_name.clone());
                self.place(name.as_deref(), main, folder, numbers)
            }
        };
        let (Some(placed), Some(writer)) = (placed, self.writer.take()) else {
            return Ok(Kept::Nothing(Finding::new(
                FindingCode::Empty,
                "the attachment has no content",
            )));
        };
        let findings = findings(
            &piece_jointe,
            self.member_name.as_deref(),
            self.container,
            placed.media,
        );
        let object = writer.finish().await?;
        Ok(Kept::Document(Box::new(StoredDocument {
            object,
            number: placed.number,
            name: format!("{:02}-{}", placed.number, placed.name),
            original_name: piece_jointe.nom.or(self.member_name),
            nom_origine: piece_jointe.nom_origine,
            position: self.position,
            role,
            type_pj: piece_jointe.type_pj,
            categorie: piece_jointe.categorie,
            media_type: placed.media.mime().to_owned(),
            declared_media_type: piece_jointe.mime,
            findings,
        })))
    }

    /// The invoice cannot be stored: nothing of the attachment stays.
    pub(super) async fn abort(mut self) {
        if let Some(writer) = self.writer.take() {
            writer.abort().await;
        }
    }
}

/// What is remarkable about a document that could be unpacked.
fn findings(
    piece_jointe: &PieceJointe,
    member: Option<&str>,
    container: Option<Container>,
    media: Media,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if container == Some(Container::Bare) {
        findings.push(Finding::new(
            FindingCode::NotZipped,
            "the content is not a ZIP; its bytes are kept as the document",
        ));
    }
    for name in [piece_jointe.nom.as_deref(), member].into_iter().flatten() {
        if is_path(name)
            && !findings
                .iter()
                .any(|finding| finding.code == FindingCode::PathInName)
        {
            let detail = format!("the name {name:?} is a path; its last component was used");
            findings.push(Finding::new(FindingCode::PathInName, detail));
        }
    }
    if let Some(declared) = piece_jointe
        .mime
        .as_deref()
        .filter(|declared| differs(declared, media))
    {
        let detail = format!("declared as {declared:?}, its bytes are {}", media.mime());
        findings.push(Finding::new(FindingCode::MediaTypeDiffers, detail));
    }
    findings
}

pub(super) fn is_path(name: &str) -> bool {
    name.contains(['/', '\\']) || name.trim() == ".." || name.as_bytes().get(1) == Some(&b':')
}

/// Whether a PDF or XML is declared and something else is there, or the other way round. Other types have too many spellings.
fn differs(declared: &str, media: Media) -> bool {
    let declared = declared.to_ascii_lowercase();
    let xml =
        declared.contains("xml") && !declared.contains("openxml") && !declared.contains("html");
    let pdf = declared.contains("pdf");
    (pdf != media.is_pdf() && (pdf || media.is_pdf())) || (xml && !media.is_xml())
}
