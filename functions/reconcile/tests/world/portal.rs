//! `rechercher/recipiendaire`, `facturesTravaux/rechercher` and the list of the account's structures.

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
    let searched = [&RECIPIENT, &WORKS]
        .into_iter()
        .find(|search| request.path().contains(search.path));
    if let Some(search) = searched {
        let mut state = world.state();
        *state.calls.entry("search").or_default() += 1;
        let hesitation = std::mem::take(&mut state.hesitation);
        let thinking = state.thinking + hesitation;
        drop(state);
        std::thread::sleep(thinking);
        let criteria = serde_json::from_slice(&request.body).unwrap_or_default();
        return Response::json(search.answer(world, &criteria));
    }
    if request.path().contains("/structures/actives/destinataire") {
        return Response::json(format!(
            r#"{{"codeRetour":0,"libelle":"","listeStructures":[{{"idStructureCPP":5,"identifiant":"{SIRET}","designationStructure":"x"}}]}}"#
        ));
    }
    Response::of(404, "text/html", "no such operation")
}

/// One of the two searches, each with names of its own.
struct Search {
    path: &'static str,
    paging: &'static str,
    list: &'static str,
    nothing: &'static str,
    /// Whether the paging of the answer is an object in it.
    nested: bool,
    wanted: fn(&Invoice, &Value) -> bool,
    row: fn(&mut String, &Invoice),
}

const RECIPIENT: Search = Search {
    path: "/factures/v1/rechercher/recipiendaire",
    paging: "paramRecherche",
    list: "listeFactures",
    nothing: r#"{"codeRetour":20000,"libelle":"TRA_MSG_00.015"}"#,
    nested: false,
    wanted: |invoice, criteria| {
        invoice.received && text(criteria, "typeDemandePaiement") == invoice.kind
    },
    row: received,
};

const WORKS: Search = Search {
    path: "/facturesTravaux/v1/rechercher",
    paging: "rechercheFactureTravaux",
    list: "listeFacturesTravaux",
    nothing: r#"{"codeRetour":20007,"libelle":"GFT_MSG_01.075"}"#,
    nested: true,
    wanted: |invoice, criteria| {
        let role = text(criteria, "roleUtilisateur");
        let structure = if role == "MOA" {
            "idStructureMoa"
        } else {
            "idStructureMoe"
        };
        assert_eq!(
            criteria.get(structure).and_then(Value::as_u64),
            Some(5),
            "{criteria}"
        );
        invoice.roles.contains(&role)
    },
    row: in_circuit,
};

fn text<'a>(criteria: &'a Value, name: &str) -> &'a str {
    criteria
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

impl Search {
    fn answer(&self, world: &World, criteria: &Value) -> String {
        let day = |name: &str| {
            text(criteria, name)
                .get(..10)
                .and_then(|day| day.parse::<Date>().ok())
        };
        let paging = |name: &str| {
            criteria
                .pointer(&format!("/{}/{name}", self.paging))
                .and_then(Value::as_u64)
                .and_then(|n| usize::try_from(n).ok())
                .unwrap_or(1)
        };
        let (from, to) = (day("periodeDateDepotDu"), day("periodeDateDepotAu"));
        assert!(
            from.is_some() && to.is_some(),
            "a search without a deposit period: {criteria}"
        );
        let state = world.state();
        let found: Vec<&Invoice> = state
            .invoices
            .values()
            .filter(|i| Some(i.depot) >= from && Some(i.depot) <= to)
            .filter(|i| (self.wanted)(i, criteria))
            .collect();
        if found.is_empty() {
            return self.nothing.to_owned();
        }
        let (page, size) = (paging("pageResultatDemandee"), paging("nbResultatsParPage"));
        let numbers = format!(
            r#""pageCourante":{page},"pages":{},"nbResultatsParPage":{size},"total":{}"#,
            found.len().div_ceil(size),
            found.len()
        );
        let numbers = if self.nested {
            format!(r#""parametresRetour":{{{numbers}}}"#)
        } else {
            numbers
        };
        let mut json = format!(
            r#"{{"codeRetour":0,"libelle":"TRA_MSG_00.000",{numbers},"{}":["#,
            self.list
        );
        for (place, invoice) in found.iter().skip((page - 1) * size).take(size).enumerate() {
            if place > 0 {
                json.push(',');
            }
            (self.row)(&mut json, invoice);
        }
        json.push_str("]}");
        json
    }
}

fn received(json: &mut String, invoice: &Invoice) {
    let Invoice {
        id,
        kind,
        statut,
        at,
        depot,
        ttc,
        ..
    } = invoice;
    let _ = write!(
        json,
        r#"{{"idFacture":{id},"typeDemandePaiement":"{kind}","typeFacture":"FACTURE","numeroFacture":"F-{id}","dateFacture":"{depot}","dateDepot":"{depot}","montantHT":{ttc},"montantTTC":{ttc},"montantAPayer":{ttc},"devise":"EUR","statut":"{statut}","dateHeureEtatCourant":"{at}","codeFournisseur":"00000000000727","typeIdentifiantFournisseur":"SIRET","designationFournisseur":"FOURNITURES DE BUREAU DU CENTRE","idDestinataire":5,"codeDestinataire":"{SIRET}","designationDestinataire":"CENTRE HOSPITALIER DE L'EXEMPLE","codeServiceExecutant":"SERVICE-1","nomServiceExecutant":"Service des achats","numeroBonCommande":"EJ-{id}","numeroMarche":"M-2026","taille":123456,"factureTelechargeeParDestinataire":true}}"#
    );
}

fn in_circuit(json: &mut String, invoice: &Invoice) {
    let Invoice {
        id,
        kind,
        statut,
        at,
        depot,
        ttc,
        received,
        ..
    } = invoice;
    let payer = if *received { 5 } else { 6 };
    let _ = write!(
        json,
        r#"{{"idFactureTravaux":{id},"typeDemandePaiement":"{kind}","typeFactureTravaux":"PROJET_DECOMPTE_MENSUEL","numeroFactureTravaux":"F-{id}","dateFactureTravaux":"{depot}","dateDepot":"{depot}","montantHT":{ttc},"montantTTC":{ttc},"montantAPayer":{ttc},"devise":"EUR","statutFactureTravaux":"{statut}","dateHeureEtatCourant":"{at}","identifiantFournisseur":"00000000000727","typeIdentifiantFournisseur":"SIRET","designationFournisseur":"TRAVAUX DU CENTRE","idDestinataire":{payer},"factureTelechargeeParDestinataire":true}}"#
    );
}
