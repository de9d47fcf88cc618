//! The story as a page.

use std::fmt::Write as _;

use invoice::delai::{Effet, Etat, Part, Situation};

use super::story::Story;
use crate::show;

/// The page: who and what, what happened, the delay.
pub(super) fn page(story: &Story) -> String {
    let mut page = String::new();
    let number = story.numero_facture.as_deref().unwrap_or("inconnu");
    let _ = writeln!(page, "Facture {} (n° {number})", story.id_facture);
    let name = story.etablissement.as_deref().unwrap_or("établissement");
    let _ = writeln!(page, "  reçue par    {name}, {}", story.siret);
    if let Some(supplier) = &story.fournisseur {
        let _ = writeln!(page, "  fournisseur  {supplier}");
    }
    if let Some(amount) = &story.montant_ttc {
        let _ = writeln!(page, "  montant TTC  {amount}");
    }
    page.push_str("\nHistoire (heure de Paris)\n");
    for moment in &story.moments {
        let _ = writeln!(page, "  {}  {}", show::second(moment.at), moment.quoi);
        for detail in &moment.details {
            let _ = writeln!(page, "                         {detail}");
        }
    }
    for key in &story.illisibles {
        let _ = writeln!(page, "  illisible : {key}");
    }
    for lacune in &story.lacunes {
        let _ = writeln!(page, "  à savoir : {lacune}");
    }
    match &story.delai {
        Some(etat) => delay(&mut page, etat),
        None => {
            page.push_str("\nDélai de paiement : inconnu (configuration ou épisodes manquants)\n");
        }
    }
    page
}

fn delay(page: &mut String, etat: &Etat) {
    page.push_str("\nDélai de paiement (recalculé à l'instant)\n");
    let mut line = |name: &str, text: String| {
        let _ = writeln!(page, "  {name:<12} {text}");
    };
    line("situation", situation(etat.situation).to_owned());
    if let Some(start) = etat.debut {
        line("début", format!("{start}, {} jours", etat.jours));
    }
    if let Some(due) = etat.echeance {
        let left = etat
            .jours_restants
            .map_or_else(String::new, |days| match days {
                ..0 => format!(" (dépassée de {} jours)", days.unsigned_abs()),
                _ => format!(" (dans {days} jours)"),
            });
        line("échéance", format!("{due}{left}"));
        line("ordonnateur", share(&etat.ordonnateur));
        line("comptable", share(&etat.comptable));
    }
    for suspension in &etat.suspensions {
        let until = suspension
            .au
            .map_or_else(|| "en cours".to_owned(), |day| format!("au {day}"));
        line(
            "suspension",
            format!("du {} {until}, {}", suspension.du, effect(suspension.effet)),
        );
    }
    if let Some(late) = &etat.retard {
        let interest = late
            .interets
            .map_or_else(String::new, |amount| format!(", {amount} € d'intérêts"));
        line(
            "retard",
            format!(
                "{} jours{interest}, indemnité de {} €",
                late.jours, late.indemnite
            ),
        );
    }
    if let Some(paid) = &etat.paiement {
        let late = paid.retard_jours.filter(|days| *days > 0).map_or_else(
            || "à temps".to_owned(),
            |days| format!("en retard de {days} jours"),
        );
        line("paiement", format!("le {}, {late}", paid.date));
    }
    for anomaly in &etat.anomalies {
        line("à savoir", anomaly.to_string());
    }
}

fn situation(situation: Situation) -> &'static str {
    match situation {
        Situation::SansDebut => "le point de départ n'est pas connu",
        Situation::EnCours => "le délai court",
        Situation::Suspendue => "le délai est interrompu",
        Situation::Renvoyee => "renvoyée : aucun délai ne court",
        Situation::Rejetee => "rejetée : aucun délai ne court",
        Situation::Payee => "payée",
    }
}

fn effect(effet: Effet) -> &'static str {
    match effet {
        Effet::Interrompt => "interrompt le délai",
        Effet::SansEffetDejaInterrompu => "sans effet : le délai a déjà été interrompu une fois",
        Effet::SansEffetApresMandatement => "sans effet : le mandat était émis",
        Effet::SansEffetApresEcheance => "sans effet : l'échéance était passée",
    }
}

fn share(part: &Part) -> String {
    let limit = part
        .limite
        .map_or_else(String::new, |day| format!(", jusqu'au {day}"));
    let end = if part.terminee { ", terminé" } else { "" };
    format!("{} jours sur {}{limit}{end}", part.utilises, part.alloues)
}

#[cfg(test)]
mod tests {
    use archive::keys::Episode;
    use jiff::Timestamp;

    use super::super::story::{Moment, Sorte};
    use super::*;

    #[test]
    fn the_page_tells_the_story_from_the_oldest_moment_on() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let story = Story {
            siret: "00000000013456".into(),
            etablissement: Some("Mairie".into()),
            id_facture: 7,
            numero_facture: Some("F-1".into()),
            fournisseur: Some("Dupont SARL".into()),
            montant_ttc: "120.00".parse().ok(),
            moments: vec![
                Moment {
                    at: at("2026-11-23T09:15:00Z"),
                    sorte: Sorte::Portail,
                    quoi: "MISE_A_DISPOSITION sur Chorus Pro".into(),
                    details: vec![],
                },
                Moment {
                    at: at("2026-11-23T09:20:00Z"),
                    sorte: Sorte::Archive,
                    quoi: "archivée, 1 document (MISE_A_DISPOSITION)".into(),
                    details: vec![format!("{:>9}  ab12  01-F1.pdf", show::size(14_250))],
                },
            ],
            illisibles: vec![],
            lacunes: vec!["la file erp n'a pas été regardée".into()],
            delai: None,
            episodes: vec![Episode::new(
                at("2026-11-23T09:15:00Z"),
                "MISE_A_DISPOSITION",
            )],
        };
        assert_eq!(
            page(&story),
            "Facture 7 (n° F-1)\n  reçue par    Mairie, 00000000013456\n  fournisseur  Dupont SARL\n  montant TTC  120.00\n\n\
             Histoire (heure de Paris)\n  2026-11-23 10:15:00  MISE_A_DISPOSITION sur Chorus Pro\n  2026-11-23 10:20:00  archivée, 1 document (MISE_A_DISPOSITION)\n                           14,2 ko  ab12  01-F1.pdf\n  à savoir : la file erp n'a pas été regardée\n\n\
             Délai de paiement : inconnu (configuration ou épisodes manquants)\n"
        );
    }
}
