//! Tags to meaning: which element begins or ends, and what of it is told.

use super::{PivotSplitter, Unit};
use crate::pivot_stream::error::PivotError;
use crate::pivot_stream::identity::PieceJointe;
use crate::pivot_stream::markup;
use crate::pivot_stream::piece::{Ended, Piece};
use crate::pivot_stream::place::{Field, Place};

impl PivotSplitter {
    pub(super) fn start(&mut self, name: &[u8], tag: &[u8]) -> Result<(), PivotError> {
        if self.open.is_empty() && self.root_seen {
            return Err(self.broken("a second root element"));
        }
        if self.open.len() >= self.limits.depth {
            return Err(PivotError::TooDeep {
                limit: self.limits.depth,
                at: self.at,
            });
        }
        self.root_seen = true;
        let place = Place::of(self.place(), markup::local_name(name), self.unit.is_some());
        if place == Place::Unit {
            self.start_unit();
        }
        self.names.extend_from_slice(name);
        self.open.push((self.names.len(), place));
        self.verbatim(tag)?;
        self.enter(place);
        Ok(())
    }

    fn start_unit(&mut self) {
        if self.epilogue.is_none() {
            self.epilogue = Some(self.closing_tags());
        }
        self.unit = Some(Unit {
            skeleton: Some(Vec::new()),
            ..Unit::default()
        });
        self.queue.push_back(Piece::InvoiceStarted);
        let prologue = std::mem::take(&mut self.prologue);
        self.gathered.extend_from_slice(&prologue);
        self.skeleton(&prologue);
        self.prologue = prologue;
    }

    fn closing_tags(&self) -> Vec<u8> {
        let mut tags = Vec::new();
        for level in (0..self.open.len()).rev() {
            tags.extend_from_slice(b"</");
            tags.extend_from_slice(self.name_at(level));
            tags.push(b'>');
        }
        tags
    }

    /// The name of the open element at a level, 0 being the root.
    fn name_at(&self, level: usize) -> &[u8] {
        let end_of = |level: usize| self.open.get(level).map_or(0, |&(end, _)| end);
        let start = level.checked_sub(1).map_or(0, end_of);
        self.names.get(start..end_of(level)).unwrap_or_default()
    }

    fn enter(&mut self, place: Place) {
        let parent_is_data = self
            .open
            .iter()
            .rev()
            .nth(1)
            .is_some_and(|&(_, parent)| parent == Place::DonneesFacture);
        let Some(unit) = &mut self.unit else { return };
        match place {
            Place::Field(_) => unit.field.clear(),
            Place::PieceJointe => {
                unit.positions += 1;
                unit.piece_jointe = PieceJointe {
                    position: unit.positions,
                    ..PieceJointe::default()
                };
            }
            Place::Contenu => {
                unit.piece_jointe.has_content = true;
                self.queue.push_back(Piece::AttachmentStarted {
                    position: unit.positions,
                });
            }
            // IdCPRO follows Id at once; another element in its place means that this pivot has none.
            Place::Other if parent_is_data && unit.identity.numero.is_some() => self.identified(),
            _ => {}
        }
    }

    fn identified(&mut self) {
        let Some(unit) = &mut self.unit else { return };
        if !std::mem::replace(&mut unit.identified, true) {
            self.queue
                .push_back(Piece::Identified(unit.identity.clone()));
        }
    }

    pub(super) fn end(&mut self, name: &[u8], tag: &[u8]) -> Result<(), PivotError> {
        let Some(level) = self.open.len().checked_sub(1) else {
            return Err(self.broken("an end tag without a start"));
        };
        if self.name_at(level) != name {
            return Err(self.broken("an end tag that does not match its start"));
        }
        let place = self.place();
        if place == Some(Place::Contenu) {
            self.queue.push_back(Piece::AttachmentEnded);
        }
        self.open.pop();
        self.names
            .truncate(self.open.last().map_or(0, |&(end, _)| end));
        self.verbatim(tag)?;
        match place {
            Some(Place::Field(field)) => self.field(field),
            Some(Place::DonneesFacture) => self.identified(),
            Some(Place::PieceJointe) => self.end_piece_jointe(),
            Some(Place::Unit) => self.end_unit(),
            _ => {}
        }
        Ok(())
    }

    /// The text of an identifying element is complete.
    fn field(&mut self, field: Field) {
        let Some(unit) = &mut self.unit else { return };
        let text = Some(markup::text(&unit.field)).filter(|text| !text.trim().is_empty());
        let trimmed = || text.as_deref().map(|text| text.trim().to_owned());
        match field {
            Field::Fournisseur => unit.identity.fournisseur = trimmed(),
            Field::Numero => unit.identity.numero = trimmed(),
            Field::IdCpro => unit.identity.id_cpro = trimmed().and_then(|text| text.parse().ok()),
            Field::Nom => unit.piece_jointe.nom = text,
            Field::NomOrigine => unit.piece_jointe.nom_origine = text,
            Field::Categorie => unit.piece_jointe.categorie = text,
            Field::TypePj => unit.piece_jointe.type_pj = trimmed(),
            Field::Mime => unit.piece_jointe.mime = trimmed(),
        }
        if field == Field::IdCpro && unit.identity.numero.is_some() {
            self.identified();
        }
    }

    fn end_piece_jointe(&mut self) {
        // An attachment before the invoice's data would be against the schema; its place must be known all the same.
        self.identified();
        let Some(unit) = &mut self.unit else { return };
        self.queue
            .push_back(Piece::PieceJointe(std::mem::take(&mut unit.piece_jointe)));
    }

    fn end_unit(&mut self) {
        self.identified();
        let epilogue = self.epilogue.clone().unwrap_or_default();
        self.gathered.extend_from_slice(&epilogue);
        self.skeleton(&epilogue);
        let gathered = self.take_gathered();
        self.queue.extend(gathered);
        if let Some(unit) = self.unit.take() {
            self.queue.push_back(Piece::InvoiceEnded(Box::new(Ended {
                identity: unit.identity,
                skeleton: unit.skeleton,
            })));
        }
    }
}
