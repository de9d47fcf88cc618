//! The filters of `rechercher/recipiendaire`, joined by AND.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::super::answer::Answer;
use super::super::paging::Wanted;
use super::super::request;
use crate::dates::{self, End};
use crate::state::{Invoice, Portal};
use crate::statuts;

/// `RechercherFactureRecipiendaireParam`, as far as a filter or the paging needs it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Param {
    #[serde(deserialize_with = "request::text")]
    pub(super) type_demande_paiement: Option<String>,
    #[serde(deserialize_with = "request::int")]
    id_destinataire: Option<i64>,
    #[serde(deserialize_with = "request::int")]
    id_service_executant: Option<i64>,
    #[serde(deserialize_with = "request::text")]
    numero_facture: Option<String>,
    #[serde(deserialize_with = "request::text")]
    periode_date_depot_du: Option<String>,
    #[serde(deserialize_with = "request::text")]
    periode_date_depot_au: Option<String>,
    #[serde(deserialize_with = "request::list")]
    liste_type_facture: Vec<String>,
    #[serde(deserialize_with = "request::list")]
    liste_type_facture_travaux: Vec<String>,
    liste_fournisseurs: Option<Vec<Fournisseur>>,
    recherche_siren_fournisseur: Option<bool>,
    #[serde(deserialize_with = "request::int")]
    id_structure_valideur: Option<i64>,
    #[serde(deserialize_with = "request::text")]
    cadre_facturation: Option<String>,
    #[serde(deserialize_with = "request::list")]
    statut_courant: Vec<String>,
    #[serde(deserialize_with = "request::text")]
    periode_date_facture_du: Option<String>,
    #[serde(deserialize_with = "request::text")]
    periode_date_facture_au: Option<String>,
    #[serde(rename = "montantHTMin", deserialize_with = "request::amount")]
    montant_ht_min: Option<Decimal>,
    #[serde(rename = "montantHTMax", deserialize_with = "request::amount")]
    montant_ht_max: Option<Decimal>,
    #[serde(rename = "montantTTCMin", deserialize_with = "request::amount")]
    montant_ttc_min: Option<Decimal>,
    #[serde(rename = "montantTTCMax", deserialize_with = "request::amount")]
    montant_ttc_max: Option<Decimal>,
    #[serde(rename = "montantApayerMin", deserialize_with = "request::amount")]
    montant_a_payer_min: Option<Decimal>,
    #[serde(rename = "montantApayerMax", deserialize_with = "request::amount")]
    montant_a_payer_max: Option<Decimal>,
    #[serde(deserialize_with = "request::text")]
    numero_marche: Option<String>,
    #[serde(deserialize_with = "request::text")]
    numero_bon_commande: Option<String>,
    facture_telechargee_par_destinataire: Option<bool>,
    pub(super) param_recherche: Option<ParamRecherche>,
    pub(super) recuperer_taille: Option<bool>,
    #[serde(deserialize_with = "request::text")]
    periode_date_heure_etat_courant_du: Option<String>,
    #[serde(deserialize_with = "request::text")]
    periode_date_heure_etat_courant_au: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fournisseur {
    #[serde(default, deserialize_with = "request::int")]
    id_fournisseur: Option<i64>,
}

/// `paramRecherche`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ParamRecherche {
    #[serde(alias = "getnbResultatsMaximum", deserialize_with = "request::int")]
    nb_resultats_maximum: Option<i64>,
    #[serde(deserialize_with = "request::int")]
    page_resultat_demandee: Option<i64>,
    #[serde(deserialize_with = "request::int")]
    nb_resultats_par_page: Option<i64>,
    pub(super) tri_sens: Option<String>,
    pub(super) tri_colonne: Option<String>,
}

impl ParamRecherche {
    pub(super) fn wanted(&self) -> Wanted {
        Wanted {
            maximum: self.nb_resultats_maximum,
            page: self.page_resultat_demandee,
            per_page: self.nb_resultats_par_page,
        }
    }
}

/// The filters, read and checked.
pub(super) struct Criteria<'a> {
    param: &'a Param,
    kind: &'a str,
    suppliers: Option<Vec<i64>>,
    sirens: Vec<String>,
    depot: Window<Timestamp>,
    etat: Window<Timestamp>,
    facture: Window<Date>,
}

/// A window whose ends are included, each optional.
struct Window<T> {
    from: Option<T>,
    to: Option<T>,
}

impl<T: PartialOrd + Copy> Window<T> {
    fn contains(&self, value: T) -> bool {
        self.from.is_none_or(|from| value >= from) && self.to.is_none_or(|to| value <= to)
    }
}

fn instants(
    field: &str,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<Window<Timestamp>, Answer> {
    let read = |text: Option<&str>, end| {
        text.map(|text| {
            dates::read_instant(text, end)
                .ok_or_else(|| Answer::malformed(&format!("{field} : date « {text} »")))
        })
        .transpose()
    };
    Ok(Window {
        from: read(from, End::From)?,
        to: read(to, End::To)?,
    })
}

fn days(field: &str, from: Option<&str>, to: Option<&str>) -> Result<Window<Date>, Answer> {
    let read = |text: Option<&str>| {
        text.map(|text| {
            dates::read_day(text)
                .ok_or_else(|| Answer::malformed(&format!("{field} : date « {text} »")))
        })
        .transpose()
    };
    Ok(Window {
        from: read(from)?,
        to: read(to)?,
    })
}

impl<'a> Criteria<'a> {
    pub(super) fn check(param: &'a Param, portal: &Portal) -> Result<Self, Answer> {
        let kind = param.type_demande_paiement.as_deref().unwrap_or("FACTURE");
        request::one_of(
            "typeDemandePaiement",
            Some(kind),
            &["FACTURE", "FACTURE_TRAVAUX"],
        )?;
        for statut in &param.statut_courant {
            request::one_of("statutCourant", Some(statut), &statuts::TOUS)?;
        }
        for type_facture in &param.liste_type_facture {
            request::one_of(
                "listeTypeFacture",
                Some(type_facture),
                &["AVOIR", "FACTURE"],
            )?;
        }
        let suppliers: Option<Vec<i64>> = param
            .liste_fournisseurs
            .as_ref()
            .filter(|list| !list.is_empty())
            .map(|list| {
                list.iter()
                    .filter_map(|supplier| supplier.id_fournisseur)
                    .collect()
            });
        let sirens = match (&suppliers, param.recherche_siren_fournisseur) {
            (Some(ids), Some(true)) => portal
                .suppliers
                .iter()
                .filter(|supplier| ids.contains(&supplier.id))
                .map(|supplier| supplier.siren().to_owned())
                .collect(),
            _ => Vec::new(),
        };
        Ok(Self {
            kind,
            suppliers,
            sirens,
            depot: instants(
                "periodeDateDepot",
                param.periode_date_depot_du.as_deref(),
                param.periode_date_depot_au.as_deref(),
            )?,
            etat: instants(
                "periodeDateHeureEtatCourant",
                param.periode_date_heure_etat_courant_du.as_deref(),
                param.periode_date_heure_etat_courant_au.as_deref(),
            )?,
            facture: days(
                "periodeDateFacture",
                param.periode_date_facture_du.as_deref(),
                param.periode_date_facture_au.as_deref(),
            )?,
            param,
        })
    }

    pub(super) fn accepts(&self, invoice: &Invoice) -> bool {
        let param = self.param;
        let is = |wanted: &Option<String>, value: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| value == Some(wanted))
        };
        let within = |min: Option<Decimal>, max: Option<Decimal>, value| {
            Window { from: min, to: max }.contains(value)
        };
        let among = |list: &[String], value: Option<&str>| {
            list.is_empty() || value.is_some_and(|value| list.iter().any(|wanted| wanted == value))
        };
        invoice.kind.code() == self.kind
            && statuts::is_visible_to_recipient(&invoice.statut)
            && param
                .id_destinataire
                .is_none_or(|id| id == invoice.destinataire.id)
            && param
                .id_service_executant
                .is_none_or(|id| invoice.id_service == Some(id))
            && is(&param.numero_facture, Some(&invoice.numero))
            && self.depot.contains(invoice.depose_le)
            && self.etat.contains(invoice.etat_courant_le)
            && self.facture.contains(invoice.date_facture)
            && (invoice.type_facture_travaux.is_some()
                || among(&param.liste_type_facture, Some(invoice.type_facture)))
            && among(
                &param.liste_type_facture_travaux,
                invoice.type_facture_travaux.as_deref(),
            )
            && self.supplier_fits(invoice)
            && param.id_structure_valideur.is_none()
            && is(&param.cadre_facturation, Some(&invoice.cadre))
            && among(&param.statut_courant, Some(&invoice.statut))
            && within(
                param.montant_ht_min,
                param.montant_ht_max,
                invoice.montants.ht,
            )
            && within(
                param.montant_ttc_min,
                param.montant_ttc_max,
                invoice.montants.ttc,
            )
            && within(
                param.montant_a_payer_min,
                param.montant_a_payer_max,
                invoice.montants.a_payer,
            )
            && is(&param.numero_marche, invoice.numero_marche.as_deref())
            && is(
                &param.numero_bon_commande,
                invoice.numero_bon_commande.as_deref(),
            )
            && param
                .facture_telechargee_par_destinataire
                .is_none_or(|wanted| wanted == invoice.telechargee)
    }

    fn supplier_fits(&self, invoice: &Invoice) -> bool {
        let Some(ids) = &self.suppliers else {
            return true;
        };
        let supplier = &invoice.fournisseur;
        ids.contains(&supplier.id) || self.sirens.iter().any(|siren| siren == supplier.siren())
    }
}
