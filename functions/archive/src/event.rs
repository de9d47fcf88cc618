//! What the event says, out of the job's row and the manifest.

use std::collections::BTreeSet;

use archive::{
    Finding as Found, FindingCode, Manifest, Role, StoredDocument,
    keys::{Episode, EpisodeFolder},
};
use invoice::{delai::Etat, statut::Statut};
use lambda_kit::config::Establishment;
use messages::{
    ArchivePointers, Document, Etablissement, Finding, InvoiceJob, InvoiceReceived, StatusChanged,
};

use crate::folder::Folder;

/// What was there before this episode.
#[derive(Clone, Debug, Default)]
pub struct Before<'a> {
    /// The episode before.
    pub previous: Option<&'a Episode>,
    /// The SHA-256 of the documents held before; `None` when there were none.
    pub documents: Option<BTreeSet<String>>,
}

/// What was read in the documents.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// The cadre de facturation.
    pub cadre: Option<String>,
    /// What the checks of the normalised invoice found, for the accountant.
    pub findings: Vec<Finding>,
}

/// What an event is about.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// Who received the invoice.
    pub establishment: &'a Establishment,
    /// Its row on the portal.
    pub job: &'a InvoiceJob,
    /// The archive's bucket.
    pub bucket: &'a str,
    /// The episode's folder.
    pub folder: &'a EpisodeFolder,
}

/// The event of an invoice whose documents are archived.
#[must_use]
pub fn received(
    about: &About<'_>,
    manifest: &Manifest,
    before: &Before<'_>,
    read: Read,
    delai: Option<Etat>,
) -> InvoiceReceived {
    let About {
        establishment,
        job,
        bucket,
        folder,
    } = *about;
    InvoiceReceived {
        etablissement: etablissement(establishment),
        id_facture: job.id_facture,
        numero_facture: job.numero_facture.clone(),
        type_demande_paiement: job.type_demande_paiement.clone(),
        type_facture: job.type_facture.clone(),
        cadre: read.cadre,
        episode: job.episode.clone(),
        statut: job.statut.clone(),
        date_heure_etat_courant: job.date_heure_etat_courant,
        date_facture: job.date_facture,
        date_depot: job.date_depot,
        fournisseur: job.fournisseur.clone(),
        service: job.service.clone(),
        references: job.references.clone(),
        montants: job.montants.clone(),
        travaux: job.travaux.clone(),
        delai,
        archive: ArchivePointers {
            bucket: bucket.to_owned(),
            prefix: folder.prefix(),
            pivot: manifest.pivot.as_ref().map(|o| o.key.clone()),
            invoice: manifest.invoice.as_ref().map(|o| o.key.clone()),
            manifest: folder.archived(),
        },
        documents: manifest
            .documents
            .iter()
            .map(|d| document(d, before.documents.as_ref()))
            .collect(),
        findings: findings(manifest)
            .into_iter()
            .chain(read.findings)
            .collect(),
        renvoi: before
            .previous
            .and_then(|previous| renvoi(previous, &job.statut))
            .map(str::to_owned),
        previous_episode: before.previous.map(Episode::to_string),
        motif: motif(job),
        commentaire: job.commentaire.clone(),
    }
}

/// The event of a status that changed while the documents stayed what they were.
#[must_use]
pub fn status_changed(about: &About<'_>, held: &Folder, delai: Option<Etat>) -> StatusChanged {
    let About {
        establishment,
        job,
        bucket,
        folder,
    } = *about;
    let episode = folder.episode();
    let previous = held.previous(episode);
    let documents = held.previous_with_documents(episode);
    StatusChanged {
        etablissement: etablissement(establishment),
        id_facture: job.id_facture,
        numero_facture: job.numero_facture.clone(),
        type_demande_paiement: job.type_demande_paiement.clone(),
        episode: job.episode.clone(),
        previous_episode: previous.map(Episode::to_string),
        statut: job.statut.clone(),
        statut_precedent: previous.map(|p| p.statut().to_owned()),
        date_heure_etat_courant: job.date_heure_etat_courant,
        depasse: held.is_overtaken(episode),
        motif: motif(job),
        commentaire: job.commentaire.clone(),
        command_id: None,
        delai,
        archive: documents.and_then(|d| pointers(bucket, folder, d)),
    }
}

/// The comment on a status that has to be given a reason is that reason.
fn motif(job: &InvoiceJob) -> Option<String> {
    Statut::from(job.statut.as_str())
        .exige_un_motif()
        .then(|| job.commentaire.clone())
        .flatten()
}

fn etablissement(establishment: &Establishment) -> Etablissement {
    Etablissement {
        siret: establishment.siret.clone(),
        nom: establishment.name.clone(),
    }
}

fn pointers(bucket: &str, folder: &EpisodeFolder, episode: &Episode) -> Option<ArchivePointers> {
    let of = EpisodeFolder::new(folder.siret(), folder.id_facture(), episode.clone()).ok()?;
    Some(ArchivePointers {
        bucket: bucket.to_owned(),
        prefix: of.prefix(),
        pivot: None,
        invoice: None,
        manifest: of.archived(),
    })
}

/// A works document that its MOE and MOA have passed on is made available for the first time: it did not come back.
fn renvoi(previous: &Episode, statut: &str) -> Option<&'static str> {
    if Statut::from(previous.statut()).est_du_circuit_travaux() {
        return None;
    }
    match Statut::from(statut) {
        Statut::Completee => Some("COMPLETEE"),
        Statut::MiseADisposition => Some("RECYCLEE"),
        _ => None,
    }
}

fn document(document: &StoredDocument, before: Option<&BTreeSet<String>>) -> Document {
    Document {
        key: document.object.key.clone(),
        nom: document
            .original_name
            .clone()
            .unwrap_or_else(|| document.name.clone()),
        role: match document.role {
            Role::Principale => "PRINCIPAL",
            Role::Complementaire => "COMPLEMENTAIRE",
        }
        .to_owned(),
        type_pj: document.type_pj.clone(),
        categorie: document.categorie.clone(),
        media_type: document.media_type.clone(),
        taille: document.object.size,
        sha256: document.object.sha256.clone(),
        nouveau: before.map(|known| !known.contains(&document.object.sha256)),
    }
}

fn findings(manifest: &Manifest) -> Vec<Finding> {
    let of_documents = manifest
        .documents
        .iter()
        .flat_map(|d| d.findings.iter().map(|f| (Some(d.name.as_str()), f)));
    let of_the_whole = manifest.findings.iter().map(|f| (None, f));
    of_the_whole
        .chain(of_documents)
        .map(|(name, found)| finding(name, found))
        .collect()
}

fn finding(document: Option<&str>, found: &Found) -> Finding {
    let which = document.map_or_else(
        || "Une pièce jointe".to_owned(),
        |name| format!("La pièce jointe « {name} »"),
    );
    let message = match found.code {
        FindingCode::Base64Broken => format!("{which} est endommagée (base64) : elle est conservée telle que reçue. Demandez-la au fournisseur."),
        FindingCode::ZipBroken => format!("{which} est endommagée (ZIP) : elle est conservée telle que reçue. Demandez-la au fournisseur."),
        FindingCode::ZipEncrypted => format!("{which} est chiffrée : elle est conservée telle que reçue. Demandez-la en clair au fournisseur."),
        FindingCode::ZipSeveralFiles => format!("{which} contient plusieurs fichiers au lieu d'un : le ZIP est conservé tel que reçu."),
        FindingCode::ZipBomb => format!("{which} se décompresse en un volume anormal : le ZIP est conservé tel que reçu. Ne l'ouvrez pas sans précaution."),
        FindingCode::NotZipped => format!("{which} n'est pas compressée comme le portail le fait : elle est conservée telle que reçue."),
        FindingCode::Empty => format!("{which} est vide."),
        FindingCode::NoContent => format!("{which} est annoncée par Chorus Pro mais absente : téléchargez-la sur le portail."),
        FindingCode::PathInName => format!("Le nom de {} est un chemin : seul le nom du fichier est gardé.", which.to_lowercase()),
        FindingCode::MediaTypeDiffers => format!("{which} n'est pas du type annoncé."),
        FindingCode::IdCproDiffers => "L'identifiant écrit dans le fichier pivot n'est pas celui de la facture : numéro et fournisseur concordent.".to_owned(),
        FindingCode::PivotTooLarge => "Le fichier pivot est trop grand pour être lu : il est conservé.".to_owned(),
        FindingCode::PdfOnly => "Le dossier dépasse la limite de Chorus Pro, ou son fichier pivot est illisible : seul le PDF est conservé, les pièces complémentaires sont à télécharger sur le portail.".to_owned(),
        FindingCode::Other => format!("{which} présente une anomalie."),
    };
    let code = serde_json::to_value(found.code)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default();
    Finding {
        code,
        message,
        code_refus: None,
    }
}
