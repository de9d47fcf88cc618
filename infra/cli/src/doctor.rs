//! `relais doctor`: an installation, step by step, and what to do at each.

use std::{process::ExitCode, sync::Arc};

use archive::BucketStore;
use clap::Args;
use dead_letters::Queue;
use lambda_kit::{BoxError, chain, config::Document};
use relais_probe::{
    advice::{EMERGENCY, SOON, advice},
    examination::{Examination, Verdict, examine},
};
use serde_json::json;

use crate::{
    audit::{Act, Who},
    place::{self, Place, Variable},
    show,
    trouble::Trouble,
};

/// What is looked at.
#[derive(Debug, Args)]
#[command(after_help = "\
Ne change rien sur Chorus Pro et n'affiche aucun secret. Code de sortie 0 seulement si tout va bien.")]
pub(crate) struct Arguments {
    /// Un seul établissement.
    #[arg(long)]
    siret: Option<String>,
    #[command(flatten)]
    who: Who,
}

/// What was found so far.
#[derive(Default)]
struct Findings {
    wrong: u32,
    warnings: u32,
}

impl Findings {
    fn title(&self, text: &str) {
        show::print(&format!("\n{text}\n"));
    }

    fn well(&self, text: &str) {
        show::print(&format!("  ✓ {text}\n"));
    }

    fn warn(&mut self, text: &str, action: &str) {
        self.warnings += 1;
        show::print(&format!("  ! {text}\n    → {action}\n"));
    }

    fn wrong(&mut self, text: &str, action: &str) {
        self.wrong += 1;
        show::print(&format!("  ✗ {text}\n    → {action}\n"));
    }
}

/// Runs the command.
pub(crate) async fn run(arguments: &Arguments) -> Result<ExitCode, Trouble> {
    let mut findings = Findings::default();
    let place = Place::unchecked().await;
    environment(&mut findings);
    let document = configuration(&mut findings, &place).await;
    buckets(&mut findings, &place, &arguments.who).await;
    queues(&mut findings, &place).await;
    match document {
        Some(document) => {
            establishments(&mut findings, &place, &document, arguments.siret.as_deref()).await;
        }
        None => {
            findings.title("5. Chorus Pro");
            show::print("  – non vérifié : la configuration d'abord\n");
        }
    }
    show::print(&format!("\n{}\n", conclusion(&findings)));
    Ok(if findings.wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn conclusion(findings: &Findings) -> String {
    match (findings.wrong, findings.warnings) {
        (0, 0) => "Tout va bien.".to_owned(),
        (0, _) => "Tout fonctionne ; prévoyez ce qui est marqué « ! ».".to_owned(),
        (wrong, _) => format!(
            "{} à corriger, dans l'ordre des étapes ; puis relancez relais doctor.",
            show::count(wrong as usize, "point")
        ),
    }
}

fn environment(findings: &mut Findings) {
    findings.title("1. Variables d'environnement");
    let all = [
        place::CONFIG,
        place::ARCHIVE,
        place::STATE,
        place::JOBS,
        place::JOBS_DLQ,
        place::STATUSES,
        place::STATUSES_DLQ,
        place::ERP,
        place::ERP_DLQ,
    ];
    let missing: Vec<&Variable> = all
        .iter()
        .filter(|variable| !place::is_set(**variable))
        .collect();
    if missing.is_empty() {
        return findings.well("toutes sont définies");
    }
    for Variable(name, what) in missing {
        findings.wrong(
            &format!("{name} n'est pas définie ({what})"),
            "aws cloudformation describe-stacks --stack-name PILE | relais env --stack-outputs - > relais.env, puis relais --env relais.env doctor",
        );
    }
}

async fn configuration(findings: &mut Findings, place: &Place) -> Option<Arc<Document>> {
    findings.title("2. Configuration");
    match place.document().await {
        Ok(document) => {
            let number = document.establishments.len();
            findings.well(&format!(
                "lisible, {}",
                show::count(number, "établissement")
            ));
            for establishment in document
                .establishments
                .iter()
                .filter(|e| !e.fetch || !e.push)
            {
                findings.warn(
                    &format!(
                        "{} ({}) : fetch ou push y est coupé",
                        establishment.siret, establishment.name
                    ),
                    "c'est voulu ? sinon remettez true dans la configuration",
                );
            }
            Some(document)
        }
        Err(Trouble::Failed(error)) => {
            // What is wrong with the document is named by path; no value of it but SIRETs and numbers is in the text.
            for problem in chain(error.as_ref()).split("; ") {
                findings.wrong(problem, "corrigez le document (README, « Configuration »), puis écrivez-le : aws secretsmanager put-secret-value --secret-id ARN --secret-string file://configuration.json");
            }
            None
        }
        Err(_) => {
            findings.wrong(
                "aucune configuration n'est nommée",
                "définissez RELAIS_CONFIG_SECRET_ARN ou RELAIS_CONFIG_FILE",
            );
            None
        }
    }
}

async fn buckets(findings: &mut Findings, place: &Place, who: &Who) {
    findings.title("3. Buckets");
    if let Ok(archive) = place.archive() {
        let read = archive.list_keys("doctor/").await;
        told(findings, "archives : lecture", read.map_err(Into::into));
    }
    if let Ok(state) = place.state() {
        told(
            findings,
            "état : lecture",
            state.list_keys("cursors/").await.map_err(Into::into),
        );
        told(
            findings,
            "état : écriture (une ligne d'audit)",
            note(&state, place, who).await,
        );
    }
}

/// The only trace that a visit of the doctor leaves: that it came. It proves the right to write.
async fn note(state: &BucketStore, place: &Place, who: &Who) -> Result<(), BoxError> {
    let act = Act::begin(state, place.now(), &who.name(), "doctor", json!({})).await;
    match act {
        Ok(_) => Ok(()),
        Err(Trouble::Failed(error)) => Err(error),
        Err(Trouble::Misuse(text) | Trouble::Refused(text)) => Err(text.into()),
    }
}

async fn queues(findings: &mut Findings, place: &Place) {
    findings.title("4. Files");
    for queue in Queue::ALL {
        let Ok(lane) = place.lane(queue) else {
            continue;
        };
        told(
            findings,
            &format!("{queue}"),
            lane.origin.depth().await.map_err(Into::into),
        );
        match lane.dead.depth().await {
            Ok(depth) if depth.total() > 0 => findings.warn(
                &format!(
                    "{queue} : {}",
                    show::count(
                        usize::try_from(depth.total()).unwrap_or(usize::MAX),
                        "lettre morte"
                    )
                ),
                &format!("relais dlq list --queue {queue}"),
            ),
            other => told(
                findings,
                &format!("{queue}, lettres mortes"),
                other.map_err(Into::into),
            ),
        }
    }
}

fn told<T>(findings: &mut Findings, what: &str, result: Result<T, BoxError>) {
    match result {
        Ok(_) => findings.well(what),
        Err(error) => findings.wrong(
            &format!("{what} : {}", chain(error.as_ref())),
            "vérifiez le nom, la région et les droits de vos identifiants AWS (la politique OperatorPolicy de la pile les donne tous)",
        ),
    }
}

async fn establishments(
    findings: &mut Findings,
    place: &Place,
    document: &Arc<Document>,
    siret: Option<&str>,
) {
    findings.title("5. Chorus Pro");
    let chosen: Vec<_> = document
        .establishments
        .iter()
        .filter(|e| siret.is_none_or(|siret| siret == e.siret))
        .collect();
    if chosen.is_empty() {
        findings.wrong(
            "aucun établissement de ce SIRET dans la configuration",
            "vérifiez --siret",
        );
    }
    for establishment in chosen {
        show::print(&format!(
            "  {} {}\n",
            establishment.siret, establishment.name
        ));
        let examination = match place.account(document, establishment) {
            Ok(account) => Box::pin(examine(&account, establishment, place.now())).await,
            Err(trouble) => {
                let text = match trouble {
                    Trouble::Failed(error) => chain(error.as_ref()),
                    Trouble::Misuse(text) | Trouble::Refused(text) => text,
                };
                findings.wrong(&text, "corrigez la configuration");
                continue;
            }
        };
        told_of(findings, &examination);
    }
}

fn told_of(findings: &mut Findings, examination: &Examination) {
    let advice = advice(examination).unwrap_or_default();
    for step in &examination.steps {
        let text = format!("{} : {}", step.stage.label(), step.detail);
        match (step.verdict, examination.days_left) {
            (Verdict::Well, Some(days))
                if step.stage == relais_probe::examination::Stage::Password && days <= SOON =>
            {
                if days <= EMERGENCY {
                    findings.wrong(&text, &advice);
                } else {
                    findings.warn(&text, &advice);
                }
            }
            (Verdict::Well, _) => findings.well(&text),
            _ => findings.wrong(&text, &advice),
        }
    }
}
