//! `traiter/recue`: the recipient's decision.

use serde::{Deserialize, Serialize};

use super::super::answer::{Answer, GCU_OK};
use super::super::request;
use crate::dates;
use crate::state::{Account, LongMotif, Portal};
use crate::statuts;

/// The longest reason, in characters.
const MOTIF_LIMIT: usize = 255;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Param {
    #[serde(deserialize_with = "request::int")]
    id_facture: Option<i64>,
    nouveau_statut: Option<String>,
    #[serde(deserialize_with = "request::text")]
    motif: Option<String>,
    #[serde(rename = "numeroDPMandat", deserialize_with = "request::text")]
    numero_dp_mandat: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Treated<'a> {
    code_retour: i32,
    libelle: &'static str,
    id_facture: i64,
    numero_facture: &'a str,
    date_traitement: String,
    nouveau_statut: &'a str,
}

/// Checks and applies a change of status. 20003 and 20004 are numbers of this simulator: the real ones are not published.
pub(in crate::api) fn answer(
    portal: &mut Portal,
    account: &Account,
    body: &[u8],
) -> Result<Answer, Answer> {
    let param: Param = request::read(body)?;
    let target = param
        .nouveau_statut
        .ok_or_else(|| Answer::malformed("nouveauStatut est obligatoire"))?;
    request::one_of("nouveauStatut", Some(&target), &statuts::TOUS)?;
    let invoice = super::visible(portal, account, param.id_facture, "idFacture")?;
    // A MOE or a MOA sees the document; to treat it is its recipient's right.
    if !account.may_modify || !account.covers(invoice.destinataire.id) {
        return Err(Answer::no_right());
    }
    if statuts::needs_motif(&target)
        && param
            .motif
            .as_deref()
            .is_none_or(|motif| motif.trim().is_empty())
    {
        return Err(Answer::functional(
            20003,
            "Le motif est obligatoire pour une facture rejetée ou suspendue. (code simulé)",
        ));
    }
    let motif = match (param.motif, portal.behaviour.long_motif) {
        (Some(motif), rule) if motif.chars().count() > MOTIF_LIMIT => match rule {
            LongMotif::Refuse => {
                return Err(Answer::functional(
                    20004,
                    "Le motif ne peut pas dépasser 255 caractères. (code simulé)",
                ));
            }
            LongMotif::Cut => Some(motif.chars().take(MOTIF_LIMIT).collect()),
            LongMotif::Accept => Some(motif),
        },
        (motif, _) => motif,
    };
    if !statuts::may_move(
        &invoice.statut,
        &target,
        portal.behaviour.returns_after_mandate,
    ) {
        return Err(Answer::functional(
            20002,
            "Incohérence au niveau du statut d'origine ou de destination de la facture.",
        ));
    }
    let mandat = param
        .numero_dp_mandat
        .filter(|_| target == statuts::MANDATEE);
    let treated = portal
        .treat(invoice.id, &target, motif, mandat, account)
        .map_err(|_| Answer::unknown_invoice())?;
    Ok(Answer::ok(&Treated {
        code_retour: 0,
        libelle: GCU_OK,
        id_facture: treated.id,
        numero_facture: &treated.numero,
        date_traitement: dates::day(treated.etat_courant_le),
        nouveau_statut: &treated.statut,
    }))
}
