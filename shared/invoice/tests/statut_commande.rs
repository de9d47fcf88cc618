//! The check of a status command before any call.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use invoice::statut::{
    Avertissement, Commande, Contexte, MOTIF_MAX, Motif, Plan, Refus, Statut, Step, Transitions,
    ViaPlateforme, verifier,
};
use proptest::prelude::*;

/// A command in words; every field has the value of a plain command until a test says otherwise.
struct Cas<'a> {
    present: Option<&'a str>,
    targets: &'a [&'a str],
    motif: Option<&'a str>,
    numero: Option<&'a str>,
    suppose: Option<&'a str>,
    insister: bool,
    via: ViaPlateforme,
    suspensions: usize,
    transitions: Transitions,
}

impl Default for Cas<'_> {
    fn default() -> Self {
        Self {
            present: Some("MISE_A_DISPOSITION"),
            targets: &["SERVICE_FAIT"],
            motif: None,
            numero: None,
            suppose: None,
            insister: false,
            via: ViaPlateforme::Non,
            suspensions: 0,
            transitions: Transitions::table(),
        }
    }
}

impl Cas<'_> {
    fn verifier(&self) -> Result<Plan, Refus> {
        let targets: Vec<Statut> = self
            .targets
            .iter()
            .map(|code| Statut::from(*code))
            .collect();
        let (present, suppose) = (
            self.present.map(Statut::from),
            self.suppose.map(Statut::from),
        );
        let commande = Commande {
            targets: &targets,
            motif: self.motif,
            numero_dp_mandat: self.numero,
            statut_suppose: suppose.as_ref(),
            insister: self.insister,
        };
        let contexte = Contexte {
            present: present.as_ref(),
            via_plateforme: self.via,
            suspensions: self.suspensions,
            transitions: &self.transitions,
        };
        verifier(&commande, &contexte)
    }

    fn plan(&self) -> Plan {
        self.verifier().unwrap()
    }

    fn refus(&self) -> Refus {
        self.verifier().unwrap_err()
    }

    fn etapes(&self) -> Vec<String> {
        self.plan()
            .steps
            .into_iter()
            .map(|step| step.target.code().to_owned())
            .collect()
    }
}

#[test]
fn a_plain_command_is_one_call() {
    let plan = Cas::default().plan();
    assert_eq!(
        plan.steps,
        [Step {
            target: Statut::ServiceFait,
            motif: None,
            numero_dp_mandat: None
        }]
    );
    assert!(plan.reached.is_empty() && plan.warnings.is_empty() && !plan.is_done());
}

#[test]
fn several_targets_are_several_calls_and_the_mandate_number_goes_with_mandatee() {
    let plan = Cas {
        targets: &["SERVICE_FAIT", "MANDATEE"],
        numero: Some(" 2026-1234 "),
        motif: Some("Bon pour paiement"),
        ..Cas::default()
    }
    .plan();
    assert_eq!(
        plan.steps,
        [
            Step {
                target: Statut::ServiceFait,
                motif: None,
                numero_dp_mandat: None
            },
            Step {
                target: Statut::Mandatee,
                motif: Some("Bon pour paiement".into()),
                numero_dp_mandat: Some("2026-1234".into()),
            },
        ]
    );
}

#[test]
fn a_rejection_or_suspension_without_a_readable_reason_is_refused() {
    for cible in ["REJETEE", "SUSPENDUE"] {
        for motif in [
            None,
            Some(""),
            Some("   "),
            Some("\u{a0}\t\r\n"),
            Some("\u{200b}\u{feff}\u{ad}"),
            Some("\0\u{7}"),
        ] {
            let refus = Cas {
                targets: &[cible],
                motif,
                ..Cas::default()
            }
            .refus();
            assert_eq!(
                refus,
                Refus::MotifManquant {
                    cible: Statut::from(cible)
                }
            );
            assert_eq!(refus.code(), "MOTIF_MANQUANT");
            assert!(refus.to_string().contains("« motif »"), "{refus}");
        }
    }
}

#[test]
fn a_long_reason_is_cut_for_the_portal_and_kept_whole_for_the_fact() {
    let long = "é".repeat(300);
    let plan = Cas {
        targets: &["REJETEE"],
        motif: Some(&long),
        ..Cas::default()
    }
    .plan();
    assert_eq!(plan.steps[0].motif.as_ref().unwrap().chars().count(), 255);
    assert_eq!(plan.motif_integral, Some(long));
    assert_eq!(plan.warnings, [Avertissement::MotifCoupe]);

    let juste = "é".repeat(255);
    let plan = Cas {
        targets: &["REJETEE"],
        motif: Some(&juste),
        ..Cas::default()
    }
    .plan();
    assert_eq!(plan.steps[0].motif, Some(juste));
    assert_eq!(plan.warnings, []);
}

#[test]
fn the_cut_never_falls_inside_what_a_person_sees_as_one_character() {
    // 254 letters, then one family: four people joined by invisible joiners, 11 UTF-16 units that stay together.
    let famille = "👨‍👩‍👧‍👦";
    let texte = format!("{}{famille}", "a".repeat(254));
    assert_eq!(
        Motif::lire(&texte).unwrap().pour_le_portail(),
        "a".repeat(254)
    );
    // A letter and its combining accent stay together as well.
    let texte = format!("{}e\u{301}", "a".repeat(254));
    assert_eq!(
        Motif::lire(&texte).unwrap().pour_le_portail(),
        "a".repeat(254)
    );
    // An emoji that ends exactly at the limit goes through.
    let texte = format!("{}😀suite", "a".repeat(253));
    assert_eq!(
        Motif::lire(&texte).unwrap().pour_le_portail(),
        format!("{}😀", "a".repeat(253))
    );
    // One letter under 300 accents cannot stay whole; something of it is still sent.
    let texte = format!("e{}", "\u{301}".repeat(300));
    assert_eq!(
        Motif::lire(&texte)
            .unwrap()
            .pour_le_portail()
            .chars()
            .count(),
        255
    );
}

#[test]
fn mandatee_takes_the_number_of_the_mandate() {
    for numero in [None, Some(""), Some("  ")] {
        let refus = Cas {
            targets: &["MANDATEE"],
            numero,
            ..Cas::default()
        }
        .refus();
        assert_eq!(refus, Refus::NumeroMandatManquant);
        assert!(refus.to_string().contains("« numeroDPMandat »"));
    }
    let plan = Cas {
        numero: Some("12"),
        ..Cas::default()
    }
    .plan();
    assert_eq!(
        (plan.steps[0].numero_dp_mandat.as_ref(), &plan.warnings[..]),
        (None, &[Avertissement::NumeroMandatIgnore][..])
    );
}

#[test]
fn a_recycler_is_refused_for_an_invoice_of_an_approved_platform() {
    let cas = |via| Cas {
        targets: &["A_RECYCLER"],
        via,
        ..Cas::default()
    };
    let refus = cas(ViaPlateforme::Oui).refus();
    assert_eq!(
        (refus.code(), refus.clone()),
        (
            "SANS_CONTREPARTIE_PLATEFORME",
            Refus::SansContrepartie {
                cible: Statut::ARecycler
            }
        )
    );
    assert!(refus.to_string().contains("SUSPENDUE ou REJETEE"));
    assert_eq!(cas(ViaPlateforme::Non).plan().warnings, []);
    assert_eq!(
        cas(ViaPlateforme::Inconnu).plan().warnings,
        [Avertissement::PlateformeInconnue]
    );
    let suspendue = Cas {
        targets: &["SUSPENDUE"],
        motif: Some("RIB manquant"),
        via: ViaPlateforme::Oui,
        ..Cas::default()
    };
    assert_eq!(
        suspendue.etapes(),
        ["SUSPENDUE"],
        "which does reach the platform"
    );
}

#[test]
fn already_there_is_nothing_to_do_even_without_the_reason() {
    let plan = Cas {
        present: Some("REJETEE"),
        targets: &["REJETEE"],
        ..Cas::default()
    }
    .plan();
    assert!(plan.is_done() && !plan.overtaken);
    assert_eq!(plan.reached, [Statut::Rejetee]);
}

#[test]
fn what_is_behind_the_invoice_is_left_out_of_the_calls() {
    let cas = |present| Cas {
        present: Some(present),
        targets: &["SERVICE_FAIT", "MANDATEE"],
        numero: Some("7"),
        ..Cas::default()
    };
    assert_eq!(cas("COMPLETEE").etapes(), ["SERVICE_FAIT", "MANDATEE"]);
    assert_eq!(cas("SERVICE_FAIT").etapes(), ["MANDATEE"]);
    assert!(cas("MANDATEE").plan().is_done());
    assert!(!cas("MANDATEE").plan().overtaken);
    let paye = cas("MISE_EN_PAIEMENT").plan();
    assert!(paye.is_done() && paye.overtaken);
    // Somebody mandated and skipped SERVICE_FAIT: the rest goes on from there.
    let comptabilisee = Cas {
        present: Some("MANDATEE"),
        targets: &["SERVICE_FAIT", "COMPTABILISEE"],
        ..Cas::default()
    };
    assert_eq!(
        (comptabilisee.etapes(), comptabilisee.plan().reached),
        (vec!["COMPTABILISEE".to_owned()], vec![Statut::ServiceFait])
    );
}

#[test]
fn a_target_said_twice_in_a_row_is_one_call() {
    assert_eq!(
        Cas {
            targets: &["SERVICE_FAIT", "SERVICE_FAIT"],
            ..Cas::default()
        }
        .etapes(),
        ["SERVICE_FAIT"]
    );
}

#[test]
fn an_impossible_transition_is_refused_with_what_is_possible() {
    let refus = Cas {
        present: Some("COMPTABILISEE"),
        targets: &["REJETEE"],
        motif: Some("doublon"),
        ..Cas::default()
    }
    .refus();
    assert_eq!(refus.code(), "TRANSITION_IMPOSSIBLE");
    assert_eq!(
        refus.to_string(),
        "Chorus Pro ne permet pas de passer de « Comptabilisée » (COMPTABILISEE) à « Rejetée par l'ordonnateur » (REJETEE). Statuts possibles : MISE_EN_PAIEMENT."
    );
    let suspendue = Cas {
        present: Some("SUSPENDUE"),
        ..Cas::default()
    }
    .refus();
    assert!(
        suspendue
            .to_string()
            .ends_with("La facture attend que le fournisseur la complète.")
    );
}

#[test]
fn what_the_moe_or_the_moa_has_in_hand_is_refused_with_what_to_wait_for() {
    for present in [
        "MISE_A_DISPOSITION_MOA",
        "PRISE_EN_COMPTE_MOE",
        "TRANSMISE_MOA",
    ] {
        for target in ["SERVICE_FAIT", "SUSPENDUE"] {
            let refus = Cas {
                present: Some(present),
                targets: &[target],
                motif: Some("RIB manquant"),
                ..Cas::default()
            }
            .refus();
            assert_eq!(refus.code(), "TRANSITION_IMPOSSIBLE", "{present}");
            let sentence = refus.to_string();
            assert!(
                sentence.contains("circuit des marchés de travaux")
                    && sentence.contains("mise à disposition du destinataire"),
                "{sentence}"
            );
        }
    }
}

#[test]
fn the_portal_may_allow_what_the_table_refuses_in_the_works_circuit() {
    let mut transitions = Transitions::table();
    transitions.retenir(Statut::MiseADispositionMoa, [Statut::ServiceFait]);
    let etapes = Cas {
        present: Some("MISE_A_DISPOSITION_MOA"),
        transitions,
        ..Cas::default()
    }
    .etapes();
    assert_eq!(etapes.len(), 1);
}

#[test]
fn a_list_that_cannot_be_finished_is_not_begun() {
    let refus = Cas {
        targets: &["REJETEE", "MANDATEE"],
        motif: Some("non"),
        numero: Some("1"),
        ..Cas::default()
    }
    .refus();
    assert!(matches!(
        refus,
        Refus::TransitionImpossible {
            depuis: Statut::Rejetee,
            cible: Statut::Mandatee,
            ..
        }
    ));
}

#[test]
fn when_the_present_status_is_unknown_the_portal_judges_the_first_step() {
    let cas = |targets| Cas {
        present: None,
        targets,
        numero: Some("1"),
        ..Cas::default()
    };
    assert_eq!(cas(&["MISE_EN_PAIEMENT"]).etapes(), ["MISE_EN_PAIEMENT"]);
    assert!(matches!(
        cas(&["MISE_EN_PAIEMENT", "SERVICE_FAIT"]).refus(),
        Refus::TransitionImpossible { .. }
    ));
    // A belief of the ERP is not the portal's status: it never counts as "already there".
    let cru = Cas {
        present: None,
        suppose: Some("SERVICE_FAIT"),
        ..Cas::default()
    };
    assert_eq!(cru.etapes(), ["SERVICE_FAIT"]);
    let inconnu = Cas {
        present: Some("STATUT_DE_2031"),
        ..Cas::default()
    };
    assert_eq!(inconnu.etapes(), ["SERVICE_FAIT"]);
}

#[test]
fn the_answer_of_the_portal_decides_where_there_is_one() {
    let mut transitions = Transitions::table();
    transitions.retenir(Statut::Suspendue, [Statut::Rejetee]);
    let cas = Cas {
        present: Some("SUSPENDUE"),
        targets: &["REJETEE"],
        motif: Some("trop tard"),
        transitions,
        ..Cas::default()
    };
    assert_eq!(cas.etapes(), ["REJETEE"], "the table alone would refuse it");
}

#[test]
fn a_target_that_no_recipient_sets_or_that_does_not_exist_is_refused() {
    let interdite = Cas {
        targets: &["DEPOSEE"],
        ..Cas::default()
    }
    .refus();
    assert_eq!(interdite.code(), "CIBLE_INTERDITE");
    let inconnue = Cas {
        targets: &["MANDATE"],
        ..Cas::default()
    }
    .refus();
    assert_eq!(inconnue.code(), "CIBLE_INCONNUE");
    assert!(
        inconnue.to_string().contains("par exemple MANDATEE"),
        "{inconnue}"
    );
    assert_eq!(
        Cas {
            targets: &[],
            ..Cas::default()
        }
        .refus()
        .code(),
        "COMMANDE_VIDE"
    );

    let mut transitions = Transitions::table();
    transitions.retenir(Statut::MiseADisposition, [Statut::from("STATUT_DE_2031")]);
    assert_eq!(
        Cas {
            targets: &["STATUT_DE_2031"],
            transitions,
            ..Cas::default()
        }
        .etapes(),
        ["STATUT_DE_2031"]
    );
}

#[test]
fn a_second_suspension_is_refused_with_the_article_unless_the_command_insists() {
    let cas = |insister| Cas {
        present: Some("COMPLETEE"),
        targets: &["SUSPENDUE"],
        motif: Some("Il manque encore le RIB"),
        suspensions: 1,
        insister,
        ..Cas::default()
    };
    let refus = cas(false).refus();
    assert_eq!(
        (refus.code(), refus.clone()),
        ("SECONDE_SUSPENSION", Refus::SecondeSuspension)
    );
    assert!(refus.to_string().contains("R. 2192-27") && refus.to_string().contains("« insister »"));
    assert_eq!(
        cas(true).plan().warnings,
        [Avertissement::SecondeSuspension]
    );
    let deja = Cas {
        present: Some("SUSPENDUE"),
        ..cas(false)
    };
    assert!(
        deja.plan().is_done(),
        "suspended for the first time, and asked again: nothing to do"
    );
}

#[test]
fn a_suspension_after_the_mandate_is_refused_with_the_article_unless_the_command_insists() {
    let cas = |insister| Cas {
        present: Some("MANDATEE"),
        targets: &["SUSPENDUE"],
        motif: Some("Litige"),
        insister,
        ..Cas::default()
    };
    assert_eq!(cas(false).refus(), Refus::SuspensionApresMandatement);
    assert_eq!(
        cas(true).plan().warnings,
        [Avertissement::SuspensionApresMandatement]
    );
    let dans_la_liste = Cas {
        targets: &["MANDATEE", "SUSPENDUE"],
        motif: Some("Litige"),
        numero: Some("1"),
        ..Cas::default()
    };
    assert_eq!(dans_la_liste.refus(), Refus::SuspensionApresMandatement);
}

#[test]
fn a_decision_on_another_status_than_the_present_one_is_refused() {
    // The supplier completed the invoice after the ERP looked: there are documents that nobody has read.
    let cas = |present, suppose, targets| Cas {
        present: Some(present),
        suppose: Some(suppose),
        targets,
        motif: Some("Erreur de prix"),
        numero: Some("1"),
        ..Cas::default()
    };
    let refus = cas("COMPLETEE", "MISE_A_DISPOSITION", &["REJETEE"]).refus();
    assert_eq!(refus.code(), "STATUT_ACTUEL_DIFFERENT");
    assert!(
        refus.to_string().contains("COMPLETEE") && refus.to_string().contains("« statutActuel »")
    );
    // Somebody acknowledged the service meanwhile, on the way to the same end: harmless.
    assert_eq!(
        cas("SERVICE_FAIT", "MISE_A_DISPOSITION", &["MANDATEE"]).etapes(),
        ["MANDATEE"]
    );
    // … but not on the way to a rejection.
    assert_eq!(
        cas("SERVICE_FAIT", "MISE_A_DISPOSITION", &["REJETEE"])
            .refus()
            .code(),
        "STATUT_ACTUEL_DIFFERENT"
    );
    // The same, insisting.
    let insiste = Cas {
        insister: true,
        ..cas("SERVICE_FAIT", "MISE_A_DISPOSITION", &["REJETEE"])
    };
    assert_eq!(insiste.etapes(), ["REJETEE"]);
    assert_eq!(
        cas("SERVICE_FAIT", "SERVICE_FAIT", &["MANDATEE"]).etapes(),
        ["MANDATEE"]
    );
}

fn statuts() -> impl Strategy<Value = Statut> {
    prop_oneof![
        8 => prop::sample::select(Statut::CONNUS.to_vec()),
        4 => prop::sample::select(invoice::statut::transitions::CIBLES.to_vec()),
        1 => "[A-Z_]{1,12}".prop_map(Statut::from),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_goes_to_the_portal_is_short_enough_readable_and_the_beginning_of_what_was_said(texte in ".{0,400}") {
        if let Some(motif) = Motif::lire(&texte) {
            let court = motif.pour_le_portail();
            prop_assert!(!court.is_empty());
            prop_assert!(court.encode_utf16().count() <= MOTIF_MAX);
            prop_assert!(motif.integral().starts_with(court));
            prop_assert_eq!(motif.est_coupe(), court.len() < motif.integral().len());
        }
    }

    #[test]
    fn a_plan_holds_only_calls_that_can_succeed_and_a_refusal_only_sentences(
        present in prop::option::of(statuts()),
        targets in prop::collection::vec(statuts(), 0..4),
        suppose in prop::option::of(statuts()),
        motif in prop::option::of(".{0,300}"),
        numero in prop::option::of("[0-9 ]{0,4}"),
        insister in any::<bool>(),
        suspensions in 0..3_usize,
        via in prop::sample::select(vec![ViaPlateforme::Oui, ViaPlateforme::Non, ViaPlateforme::Inconnu]),
    ) {
        let transitions = Transitions::table();
        let commande = Commande {
            targets: &targets,
            motif: motif.as_deref(),
            numero_dp_mandat: numero.as_deref(),
            statut_suppose: suppose.as_ref(),
            insister,
        };
        let contexte = Contexte { present: present.as_ref(), via_plateforme: via, suspensions, transitions: &transitions };
        match verifier(&commande, &contexte) {
            Ok(plan) => {
                let mut depuis = present.as_ref();
                for step in &plan.steps {
                    prop_assert!(depuis.is_none_or(|depuis| transitions.verdict(depuis, &step.target).permet()));
                    prop_assert!(Some(&step.target) != depuis);
                    prop_assert!(!step.target.exige_un_motif() || step.motif.is_some());
                    prop_assert_eq!(step.numero_dp_mandat.is_some(), step.target == Statut::Mandatee);
                    depuis = Some(&step.target);
                }
                if plan.is_done() {
                    prop_assert!(present.is_some(), "nothing is called done on a belief");
                }
                let second = plan.steps.iter().any(|step| step.target == Statut::Suspendue) && suspensions > 0;
                prop_assert!(!second || insister);
            }
            Err(refus) => {
                prop_assert!(refus.to_string().ends_with(['.', ')']), "{}", refus);
                prop_assert!(refus.code().chars().all(|c| c.is_ascii_uppercase() || c == '_'));
            }
        }
    }
}
