//! What to do about each verdict, in French: for a person who has never seen PISTE.

use crate::examination::{Examination, Stage, Step, Verdict};

/// Days left from which on the password is spoken of, then urged, then an emergency.
pub const SOON: i32 = 60;
/// A month: time to have it changed in an orderly way.
pub const URGENT: i32 = 30;
/// A week: invoices stop coming when it is over.
pub const EMERGENCY: i32 = 7;

/// What to do about an establishment's credentials; `None` when there is nothing to do.
#[must_use]
pub fn advice(examination: &Examination) -> Option<String> {
    match examination.end() {
        Some(step) => Some(about(step)),
        None => about_password(examination.days_left),
    }
}

fn about(step: &Step) -> String {
    let api = step.stage.api();
    match step.verdict {
        Verdict::Well => String::new(),
        Verdict::PisteRefused => "Sur piste.gouv.fr, ouvrez l'application de l'établissement et comparez client_id et client_secret avec la configuration de Relais ; vérifiez qu'ils sont du même environnement (sandbox ou production) que token_url. Écrivez les bons dans le secret de configuration : Relais les relit en cinq minutes.".to_owned(),
        Verdict::Unreachable => "PISTE ou Chorus Pro ne répond pas. Consultez les annonces de maintenance (communaute.chorus-pro.gouv.fr), vérifiez le réseau et le proxy ; rien n'est perdu, Relais rattrape tout de lui-même. Recommencez dans une heure.".to_owned(),
        Verdict::AccountRefused => "Le compte technique est refusé : son mot de passe a sans doute expiré. Dans Chorus Pro, le gestionnaire principal ouvre « Raccordements » puis le compte technique, génère un nouveau mot de passe et l'inscrit dans la configuration (technical_account). Vérifiez aussi que le compte est actif et rattaché au raccordement API de cette application PISTE.".to_owned(),
        Verdict::RightsMissing => format!("L'API {api} est refusée : sur piste.gouv.fr, abonnez l'application à l'API {api} et acceptez ses conditions générales d'utilisation (CGU) ; dans Chorus Pro, vérifiez que le raccordement API (OAuth2) porte exactement le nom de l'application PISTE et que le compte technique a les droits de l'espace « Factures reçues »."),
        Verdict::NotAttached => "Le compte technique fonctionne mais ne voit pas l'établissement : dans Chorus Pro, rattachez le compte technique à la structure de ce SIRET avec le droit de recevoir les factures, ou corrigez le SIRET dans la configuration.".to_owned(),
        Verdict::Misconfigured if step.stage == Stage::Structure => "structure_id ne correspond pas au SIRET : retirez-le de la configuration, Relais le trouvera de lui-même.".to_owned(),
        Verdict::Misconfigured => "Une adresse de la configuration est fausse : comparez api_url et token_url avec celles de la documentation PISTE de votre environnement.".to_owned(),
        Verdict::NotUnderstood => format!("L'API {api} a répondu ce que sa description ne prévoit pas : gardez le détail ci-dessus (avec x-correlationid) pour l'assistance PISTE, et recommencez dans une heure."),
    }
}

fn about_password(days_left: Option<i32>) -> Option<String> {
    let renew = "dans Chorus Pro, le gestionnaire principal génère un nouveau mot de passe du compte technique (« Raccordements ») et l'inscrit dans la configuration de Relais";
    let days = days_left.filter(|days| *days <= SOON)?;
    Some(if days <= EMERGENCY {
        format!(
            "Le mot de passe du compte technique expire dans {days} jour(s), après quoi aucune facture n'arrive plus : aujourd'hui même, {renew}."
        )
    } else if days <= URGENT {
        format!(
            "Le mot de passe du compte technique expire dans {days} jours : cette semaine, {renew}."
        )
    } else {
        format!(
            "Le mot de passe du compte technique expire dans {days} jours : prévoyez son renouvellement ; {renew}."
        )
    })
}
