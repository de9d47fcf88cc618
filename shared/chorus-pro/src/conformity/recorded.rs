//! The answers that are kept beside the swaggers, read by the types.

use std::fs;

use super::reference;
use crate::{Statut, factures::*};

#[test]
fn the_recorded_answers_are_read() {
    let examples = reference().join("examples");
    let Ok(read) = fs::read(examples.join("constructed_consulter-recipiendaire.response.json"))
    else {
        println!(
            "{} is not here: recorded answers are not read",
            examples.display()
        );
        return;
    };
    let invoice = crate::http::deserialize::<ReponseConsultation>(&read)
        .unwrap()
        .facture
        .unwrap();
    assert_eq!(
        invoice.references.unwrap().numero_marche.as_deref(),
        Some("VABFM001")
    );
    assert_eq!(
        invoice
            .fournisseur
            .unwrap()
            .coord_bancaires_fournisseur_cle_iban
            .unwrap()
            .expose(),
        "76"
    );

    let read = fs::read(examples.join("constructed_consulter-historique.response.json")).unwrap();
    let history = crate::http::deserialize::<Historique>(&read).unwrap();
    assert_eq!(
        history.statuts()[0].histo_statut_commentaire.as_deref(),
        Some("RIB manquant")
    );
    assert_eq!(history.statut_courant(), Some(&Statut::Suspendue));

    let read = fs::read(examples.join("constructed_traiter-recue.response.json")).unwrap();
    let treated = crate::http::deserialize::<FactureTraitee>(&read).unwrap();
    assert_eq!(treated.nouveau_statut, Some(Statut::Suspendue));
}
