//! A row of the portal's list as a job for `archive`.

use archive::keys::Episode;
use chorus_pro::{TypeFacture, TypeIdentifiant, factures::FactureRecue};
use jiff::{Timestamp, tz::TimeZone};
use lambda_kit::config::Establishment;
use messages::{
    Amount, CloudEvent, Fournisseur, InvoiceJob, Montants, References, Service, Travaux,
};

use crate::{PortalList, Seen, Structure};

/// What tells this appearance of the invoice from any other.
///
/// A row without a state date (none was ever seen) takes the day of its deposit, so that it still has one name however often it is listed.
#[must_use]
pub fn appearance(row: &FactureRecue) -> Seen {
    const PARIS: TimeZone = jiff::tz::get!("Europe/Paris");
    let deposited = || {
        row.date_depot?
            .to_zoned(PARIS)
            .ok()
            .map(|day| day.timestamp())
    };
    Seen {
        date_heure_etat_courant: row
            .date_heure_etat_courant
            .or_else(deposited)
            .unwrap_or(Timestamp::UNIX_EPOCH),
        id_facture: u64::try_from(row.id_facture).unwrap_or(0),
        statut: row.statut.as_str().to_owned(),
    }
}

impl PortalList {
    /// The job that a row of this list makes for an appearance of its invoice, the one shown or an earlier one, queued for this `cause`
    /// (`POLL`, `RECONCILE`, …).
    #[must_use]
    pub fn job(
        self,
        establishment: &Establishment,
        structure: &Structure,
        row: &FactureRecue,
        appearance: &Seen,
        cause: &str,
    ) -> CloudEvent<InvoiceJob> {
        // What our structure asks of its suppliers does not concern an invoice that another one receives.
        let exigences = structure
            .exigences
            .filter(|_| row.id_destinataire.is_none_or(|id| id == structure.id));
        let Seen {
            date_heure_etat_courant,
            id_facture,
            statut,
        } = appearance.clone();
        InvoiceJob {
            siret: establishment.siret.clone(),
            id_facture,
            episode: Episode::new(date_heure_etat_courant, &statut).to_string(),
            statut,
            date_heure_etat_courant,
            cause: cause.to_owned(),
            type_demande_paiement: row
                .type_demande_paiement
                .as_ref()
                .map_or_else(String::new, |t| t.as_str().to_owned()),
            role: self.role().map(|role| role.code().to_owned()),
            type_facture: text(row.type_facture.as_ref().map(TypeFacture::as_str)),
            numero_facture: row.numero_facture.clone().unwrap_or_default(),
            date_facture: row.date_facture,
            date_depot: row.date_depot,
            commentaire: row.commentaire_etat_courant.clone(),
            taille: row.taille.and_then(|size| u64::try_from(size).ok()),
            fournisseur: fournisseur(row),
            service: service(
                row.code_service_executant.as_ref(),
                row.nom_service_executant.as_ref(),
            ),
            references: References {
                numero_engagement: row.numero_bon_commande.clone(),
                numero_marche: row.numero_marche.clone(),
            },
            montants: Montants {
                ht: row.montant_ht.map(Amount::from),
                ttc: row.montant_ttc.map(Amount::from),
                a_payer: row.montant_a_payer.map(Amount::from),
                devise: row.devise.clone(),
            },
            travaux: travaux(row),
            exigences,
        }
        .into_event()
    }
}

fn text(code: Option<&str>) -> Option<String> {
    code.map(str::to_owned)
}

fn fournisseur(row: &FactureRecue) -> Fournisseur {
    Fournisseur {
        identifiant: row.code_fournisseur.clone(),
        type_identifiant: text(
            row.type_identifiant_fournisseur
                .as_ref()
                .map(TypeIdentifiant::as_str),
        ),
        raison_sociale: row.designation_fournisseur.clone(),
        service: service(
            row.code_service_fournisseur.as_ref(),
            row.nom_service_fournisseur.as_ref(),
        ),
    }
}

fn service(code: Option<&String>, nom: Option<&String>) -> Option<Service> {
    (code.is_some() || nom.is_some()).then(|| Service {
        code: code.cloned(),
        nom: nom.cloned(),
    })
}

fn travaux(row: &FactureRecue) -> Option<Travaux> {
    let party = |code: &Option<String>, kind: Option<&str>, name: &Option<String>| {
        (code.is_some() || name.is_some()).then(|| Fournisseur {
            identifiant: code.clone(),
            type_identifiant: kind.map(str::to_owned),
            raison_sociale: name.clone(),
            service: None,
        })
    };
    let travaux = Travaux {
        type_facture_travaux: row
            .type_facture_travaux
            .as_ref()
            .map(|t| t.as_str().to_owned()),
        moe: party(
            &row.code_moe,
            row.type_identifiant_moe
                .as_ref()
                .map(TypeIdentifiant::as_str),
            &row.designation_moe,
        ),
        moa: party(
            &row.code_moa,
            row.type_identifiant_moa
                .as_ref()
                .map(TypeIdentifiant::as_str),
            &row.designation_moa,
        ),
    };
    (travaux != Travaux::default()).then_some(travaux)
}
