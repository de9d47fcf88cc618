//! The operations of the portal, one module a swagger.

mod answer;
mod factures;
mod operation;
mod paging;
pub(crate) mod request;
mod structures;
mod token;
mod transverses;
mod travaux;

pub(crate) use answer::{Answer, Body, Download};
pub(crate) use factures::telechargement::{stream as stream_download, whole as whole_download};
pub use operation::Operation;
pub(crate) use token::{answer as answer_token, read_form};

use crate::state::{Account, Portal};

/// Answers a call that has passed every check of the gateway.
pub(crate) fn answer(
    portal: &mut Portal,
    operation: Operation,
    account: &Account,
    body: &[u8],
) -> Answer {
    let outcome = match operation {
        Operation::RechercherRecipiendaire => factures::recherche::answer(portal, account, body),
        Operation::RechercherATraiter => factures::a_traiter::answer(portal, account, body),
        Operation::ConsulterRecipiendaire => factures::consultation::answer(portal, account, body),
        Operation::ConsulterHistorique => factures::historique::answer(portal, account, body),
        Operation::TelechargerGroupe => factures::telechargement::answer(portal, account, body),
        Operation::TraiterRecue => factures::traitement::answer(portal, account, body),
        Operation::RechercherTravaux => travaux::answer(portal, account, body),
        Operation::RechercherStructures => structures::rechercher(portal, body),
        Operation::ConsulterStructure => structures::consulter(portal, body),
        Operation::RechercherServices => structures::services(portal, body),
        Operation::StructuresActivesDestinataire => {
            transverses::structures_actives(portal, account, body)
        }
        Operation::EtatsTraitement => transverses::etats_traitement(portal, body),
        Operation::TauxTva => transverses::taux_tva(body),
        Operation::HealthCheck => Ok(transverses::health_check()),
        Operation::Token | Operation::Unknown => Ok(Answer::not_routed()),
    };
    let answer = outcome.unwrap_or_else(|refused| refused);
    crate::quirks::apply(&portal.behaviour, operation, answer)
}
