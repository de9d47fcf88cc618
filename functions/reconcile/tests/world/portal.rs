//! `rechercher/recipiendaire` and the list of the account's structures.

use std::fmt::Write as _;

use jiff::civil::Date;
use serde_json::Value;

use super::{
    Invoice, SIRET, World,
    http::{Request, Response},
};

pub(super) fn answer(world: &World, request: &Request) -> Response {
    if world.state().closed {
        return Response::of(503, "text/html", "maintenance");
    }
    if request.path().contains("/rechercher/recipiendaire") {
        *world.state().calls.entry("search").or_default() += 1;
        let hesitation = std::mem::take(&mut world.state().hesitation);
        let thinking = world.state().thinking + hesitation;
        std::thread::sleep(thinking);
        return Response::json(search(
            world,
            &serde_json::from_slice(&request.body).unwrap_or_default(),
        ));
    }
    if request.path().contains("/structures/actives/destinataire") {
        return Response::json(format!(
            r#"{{"codeRetour":0,"libelle":"","listeStructures":[{{"idStructureCPP":5,"identifiant":"{SIRET}","designationStructure":"x"}}]}}"#
        ));
    }
    Response::of(404, "text/html", "no such operation")
}

fn search(world: &World, criteria: &Value) -> String {
    let text = |name: &str| {
        criteria
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let day = |name: &str| {
        text(name)
            .get(..10)
            .and_then(|day| day.parse::<Date>().ok())
    };
    let paging = |name: &str| {
        criteria
            .pointer(&format!("/paramRecherche/{name}"))
            .and_then(Value::as_u64)
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(1)
    };
    let (from, to) = (day("periodeDateDepotDu"), day("periodeDateDepotAu"));
    assert!(
        from.is_some() && to.is_some(),
        "a search without a deposit period: {criteria}"
    );
    let kind = text("typeDemandePaiement");
    let state = world.state();
    let found: Vec<&Invoice> = state
        .invoices
        .values()
        .filter(|i| i.kind == kind && Some(i.depot) >= from && Some(i.depot) <= to)
        .collect();
    if found.is_empty() {
        return r#"{"codeRetour":20000,"libelle":"TRA_MSG_00.015"}"#.to_owned();
    }
    let (page, size) = (paging("pageResultatDemandee"), paging("nbResultatsParPage"));
    let mut json = format!(
        r#"{{"codeRetour":0,"libelle":"TRA_MSG_00.000","pageCourante":{page},"pages":{},"nbResultatsParPage":{size},"total":{},"listeFactures":["#,
        found.len().div_ceil(size),
        found.len()
    );
    for (place, invoice) in found.iter().skip((page - 1) * size).take(size).enumerate() {
        if place > 0 {
            json.push(',');
        }
        row(&mut json, invoice);
    }
    json.push_str("]}");
    json
}

fn row(json: &mut String, invoice: &Invoice) {
    let Invoice {
        id,
        kind,
        statut,
        at,
        depot,
        ttc,
    } = invoice;
    let _ = write!(
        json,
        r#"{{"idFacture":{id},"typeDemandePaiement":"{kind}","typeFacture":"FACTURE","numeroFacture":"F-{id}","dateFacture":"{depot}","dateDepot":"{depot}","montantHT":{ttc},"montantTTC":{ttc},"montantAPayer":{ttc},"devise":"EUR","statut":"{statut}","dateHeureEtatCourant":"{at}","codeFournisseur":"00000000000727","typeIdentifiantFournisseur":"SIRET","designationFournisseur":"FOURNITURES DE BUREAU DU CENTRE","idDestinataire":5,"codeDestinataire":"{SIRET}","designationDestinataire":"CENTRE HOSPITALIER DE L'EXEMPLE","codeServiceExecutant":"SERVICE-1","nomServiceExecutant":"Service des achats","numeroBonCommande":"EJ-{id}","numeroMarche":"M-2026","taille":123456,"factureTelechargeeParDestinataire":true}}"#
    );
}
