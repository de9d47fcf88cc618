//! One payment request, with its documents, its state and its past.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::structure::{Personne, Service, Structure, Supplier};
use crate::documents::{Document, TypePj};

/// `typeDemandePaiement`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An ordinary invoice or credit note.
    Facture,
    /// A works invoice.
    FactureTravaux,
}

impl Kind {
    /// The code of the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Facture => "FACTURE",
            Self::FactureTravaux => "FACTURE_TRAVAUX",
        }
    }
}

/// Whether an invoice is back, as the pivot says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renvoi {
    /// First appearance.
    Non,
    /// Back after a suspension.
    Completee,
    /// Back after a recycling.
    Recyclee,
}

impl Renvoi {
    /// The pivot's word.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Non => "Non",
            Self::Completee => "Complétée",
            Self::Recyclee => "Recyclée",
        }
    }
}

/// One line of an invoice.
#[derive(Debug, Clone)]
pub struct Ligne {
    /// What was sold.
    pub denomination: String,
    /// How many.
    pub quantite: Decimal,
    /// UN/ECE unit code.
    pub unite: &'static str,
    /// Price of one, up to six decimals.
    pub prix_unitaire: Decimal,
    /// Net amount of the line.
    pub montant_ht: Decimal,
    /// VAT rate in percent.
    pub taux_tva: Decimal,
}

/// What is due at one VAT rate.
#[derive(Debug, Clone)]
pub struct Tva {
    /// Rate in percent.
    pub taux: Decimal,
    /// Net amount at this rate.
    pub base_ht: Decimal,
    /// The tax.
    pub montant: Decimal,
}

/// The totals.
#[derive(Debug, Clone, Copy, Default)]
pub struct Montants {
    /// Without tax.
    pub ht: Decimal,
    /// With tax.
    pub ttc: Decimal,
    /// To pay.
    pub a_payer: Decimal,
}

/// One entry of the history of statuses.
#[derive(Debug, Clone)]
pub struct HistoStatut {
    /// Grows with time, over all invoices.
    pub id: i64,
    /// The status reached.
    pub code: String,
    /// When; the API shows the minute only.
    pub le: Timestamp,
    /// Reason or comment.
    pub commentaire: Option<String>,
    /// Who did it, when a user did.
    pub par: Option<Personne>,
}

/// One entry of the history of actions.
#[derive(Debug, Clone)]
pub struct Action {
    /// Grows with time.
    pub id: i64,
    /// `TELECHARGEMENT_FACTURE`…
    pub code: &'static str,
    /// When.
    pub le: Timestamp,
    /// Who.
    pub par: Option<Personne>,
}

/// One payment request.
#[derive(Debug, Clone)]
pub struct Invoice {
    /// `idFacture`, `identifiantFactureCPP`, `idFactureTravaux`: one number under three names.
    pub id: i64,
    /// Ordinary or works.
    pub kind: Kind,
    /// `FACTURE`, `AVOIR` or `ACOMPTE`.
    pub type_facture: &'static str,
    /// The kind of works document.
    pub type_facture_travaux: Option<String>,
    /// The supplier's own number.
    pub numero: String,
    /// The invoice that a credit note corrects.
    pub numero_origine: Option<String>,
    /// `A1_FACTURE_FOURNISSEUR`…
    pub cadre: String,
    /// To whom.
    pub destinataire: Arc<Structure>,
    /// To which service of it.
    pub id_service: Option<i64>,
    /// The service it was deposited for: a recycling does not rewrite the documents.
    pub id_service_depose: Option<i64>,
    /// From whom.
    pub fournisseur: Arc<Supplier>,
    /// The works' owner, when it is one of the establishments.
    pub moa: Option<Arc<Structure>>,
    /// The works' manager, when it is one of the establishments.
    pub moe: Option<Arc<Structure>>,
    /// The supplier's date.
    pub date_facture: Date,
    /// When it was deposited.
    pub depose_le: Timestamp,
    /// `EUR`.
    pub devise: String,
    /// The totals.
    pub montants: Montants,
    /// Per rate.
    pub tvas: Vec<Tva>,
    /// Lines; empty for a bare PDF.
    pub lignes: Vec<Ligne>,
    /// Contract.
    pub numero_marche: Option<String>,
    /// Engagement.
    pub numero_bon_commande: Option<String>,
    /// `DEPOT_PDF_API`, `EDI_XML_STRUCT`…
    pub mode_depot: &'static str,
    /// The supplier's remark.
    pub commentaire_fournisseur: Option<String>,
    /// Attachments, main document first.
    pub documents: Vec<Document>,
    /// Current status.
    pub statut: String,
    /// Since when.
    pub etat_courant_le: Timestamp,
    /// The comment that came with it.
    pub commentaire: Option<String>,
    /// Mandate number, once MANDATEE.
    pub numero_dp_mandat: Option<String>,
    /// The flag that every download sets.
    pub telechargee: bool,
    /// Statuses, oldest first.
    pub historique: Vec<HistoStatut>,
    /// Actions, oldest first.
    pub actions: Vec<Action>,
    /// Whether it is back.
    pub renvoi: Renvoi,
    /// A defect for tests: the pivot stops in the middle of this invoice.
    pub pivot_tronque: bool,
}

impl Invoice {
    /// The executing service, when the invoice names one that exists.
    #[must_use]
    pub fn service(&self) -> Option<&Service> {
        self.destinataire.service(self.id_service?)
    }

    /// The service that the documents name.
    #[must_use]
    pub fn service_depose(&self) -> Option<&Service> {
        self.destinataire.service(self.id_service_depose?)
    }

    /// The pivot's short code of the cadre: `A1` of `A1_FACTURE_FOURNISSEUR`.
    #[must_use]
    pub fn cadre_court(&self) -> &str {
        self.cadre.split('_').next().unwrap_or("A1")
    }

    /// The main document.
    #[must_use]
    pub fn document_principal(&self) -> Option<&Document> {
        self.documents
            .iter()
            .find(|document| document.type_pj == TypePj::Principale)
            .or(self.documents.first())
    }

    /// Size of all documents in bytes, as `taille` gives it.
    #[must_use]
    pub fn taille(&self) -> u64 {
        self.documents
            .iter()
            .map(|document| document.size(self))
            .sum()
    }

    /// How many actions of download there were.
    #[must_use]
    pub fn telechargements(&self) -> usize {
        self.actions
            .iter()
            .filter(|action| action.code == "TELECHARGEMENT_FACTURE")
            .count()
    }
}
