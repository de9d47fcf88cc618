//! `/_sim/invoices`: depositing, looking, and acting as supplier, accountant or person.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::deposit::{Deposit, DepositDocument, DepositError, read_documents};
use super::failure::{Failure, read};
use super::view::View;
use crate::simulator::Simulator;
use crate::state::{Actor, Invoice, LifecycleError, Portal};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    siret: Option<String>,
    statut: Option<String>,
    kind: Option<String>,
    limit: Option<usize>,
    offset: Option<usize>,
}

#[derive(Serialize)]
struct Listed<'a> {
    total: usize,
    invoices: Vec<View<'a>>,
}

fn answer(status: StatusCode, total: usize, invoices: &[Arc<Invoice>]) -> Response {
    let views = invoices.iter().map(|invoice| View::of(invoice)).collect();
    (
        status,
        Json(Listed {
            total,
            invoices: views,
        }),
    )
        .into_response()
}

fn view(status: StatusCode, invoice: &Invoice) -> Response {
    (status, Json(View::of(invoice))).into_response()
}

/// `GET /_sim/invoices?siret=&statut=&kind=&offset=&limit=`.
pub(super) async fn list(
    State(simulator): State<Arc<Simulator>>,
    Query(filter): Query<Filter>,
) -> Response {
    let is = |wanted: &Option<String>, value: &str| {
        wanted.as_deref().is_none_or(|wanted| wanted == value)
    };
    let found: Vec<Arc<Invoice>> = simulator
        .invoices()
        .into_iter()
        .filter(|invoice| is(&filter.siret, &invoice.destinataire.siret))
        .filter(|invoice| {
            is(&filter.statut, &invoice.statut) && is(&filter.kind, invoice.kind.code())
        })
        .collect();
    let total = found.len();
    let page: Vec<_> = found
        .into_iter()
        .skip(filter.offset.unwrap_or(0))
        .take(filter.limit.unwrap_or(usize::MAX))
        .collect();
    answer(StatusCode::OK, total, &page)
}

/// `GET /_sim/invoices/{id}`.
pub(super) async fn one(
    State(simulator): State<Arc<Simulator>>,
    Path(id): Path<i64>,
) -> Result<Response, Failure> {
    let invoice = simulator.invoice(id).ok_or(LifecycleError::Unknown(id))?;
    Ok(view(StatusCode::OK, &invoice))
}

/// `GET /_sim/invoices/{id}/documents/{document}`: the file as it was deposited, before ZIP and base64.
pub(super) async fn document(
    State(simulator): State<Arc<Simulator>>,
    Path((id, document)): Path<(i64, i64)>,
) -> Result<Response, Failure> {
    let invoice = simulator.invoice(id).ok_or(LifecycleError::Unknown(id))?;
    let found = invoice
        .documents
        .iter()
        .find(|candidate| candidate.id == document);
    let found = found.ok_or_else(|| {
        Failure::new(
            StatusCode::NOT_FOUND,
            format!("invoice {id} has no document {document}"),
        )
    })?;
    let bytes = found
        .bytes(&invoice)
        .map_err(|error| Failure::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, found.mime.clone())], bytes).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Generate {
    count: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Several {
    invoices: Vec<Deposit>,
}

/// `POST /_sim/invoices`: one deposit, `{"invoices": […]}` for several, `{"count": n}` for generated ones.
pub(super) async fn deposit(
    State(simulator): State<Arc<Simulator>>,
    body: Bytes,
) -> Result<Response, Failure> {
    if let Ok(generate) = read::<Generate>(&body) {
        let made = simulator.deposit_generated(generate.count);
        return Ok(answer(StatusCode::CREATED, made.len(), &made));
    }
    if let Ok(several) = read::<Several>(&body) {
        let made = several
            .invoices
            .into_iter()
            .map(|one| simulator.deposit(one))
            .collect::<Result<Vec<_>, _>>()?;
        return Ok(answer(StatusCode::CREATED, made.len(), &made));
    }
    let invoice = simulator.deposit(read(&body)?)?;
    Ok(view(StatusCode::CREATED, &invoice))
}

/// What the supplier sends with a completion or a recycling.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Supplied {
    pub(crate) commentaire: Option<String>,
    pub(crate) code_service: Option<String>,
    pub(crate) documents: Vec<DepositDocument>,
}

impl Supplied {
    /// SUSPENDUE to COMPLETEE.
    pub(crate) fn complete(&self, portal: &mut Portal, id: i64) -> Result<Arc<Invoice>, Refusal> {
        let documents = read_documents(portal, &self.documents, false)?;
        Ok(portal.complete(id, documents, self.commentaire.clone())?)
    }

    /// A_RECYCLER to MISE_A_DISPOSITION.
    pub(crate) fn recycle(&self, portal: &mut Portal, id: i64) -> Result<Arc<Invoice>, Refusal> {
        let documents = read_documents(portal, &self.documents, false)?;
        let service = self.code_service.as_deref();
        Ok(portal.recycle(id, service, documents, self.commentaire.clone())?)
    }
}

/// Why what the supplier sent was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The invoice does not move.
    #[error(transparent)]
    Lifecycle(#[from] LifecycleError),
    /// A document cannot be read.
    #[error(transparent)]
    Documents(#[from] DepositError),
}

/// `POST /_sim/invoices/{id}/complete`: the supplier, SUSPENDUE to COMPLETEE.
pub(super) async fn complete(
    State(simulator): State<Arc<Simulator>>,
    Path(id): Path<i64>,
    body: Bytes,
) -> Result<Response, Failure> {
    let supplied: Supplied = read(&body)?;
    let invoice = supplied.complete(&mut simulator.portal(), id)?;
    Ok(view(StatusCode::OK, &invoice))
}

/// `POST /_sim/invoices/{id}/recycle`: the supplier, A_RECYCLER to MISE_A_DISPOSITION.
pub(super) async fn recycle(
    State(simulator): State<Arc<Simulator>>,
    Path(id): Path<i64>,
    body: Bytes,
) -> Result<Response, Failure> {
    let supplied: Supplied = read(&body)?;
    let invoice = supplied.recycle(&mut simulator.portal(), id)?;
    Ok(view(StatusCode::OK, &invoice))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Paid {
    commentaire: Option<String>,
}

/// `POST /_sim/invoices/{id}/pay`: the accountant, up to MISE_EN_PAIEMENT.
pub(super) async fn pay(
    State(simulator): State<Arc<Simulator>>,
    Path(id): Path<i64>,
    body: Bytes,
) -> Result<Response, Failure> {
    let paid: Paid = read(&body)?;
    let invoice = simulator.portal().pay(id, paid.commentaire)?;
    Ok(view(StatusCode::OK, &invoice))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SetStatus {
    statut: String,
    commentaire: Option<String>,
    par: Option<By>,
    #[serde(rename = "numeroDPMandat")]
    numero_dp_mandat: Option<String>,
    date_heure_etat_courant: Option<jiff::Timestamp>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum By {
    Person,
    Accountant,
    Supplier,
    System,
}

/// `POST /_sim/invoices/{id}/status`: any status by anyone, whatever the matrix says.
pub(super) async fn status(
    State(simulator): State<Arc<Simulator>>,
    Path(id): Path<i64>,
    body: Bytes,
) -> Result<Response, Failure> {
    let wanted: SetStatus = read(&body)?;
    let actor = match wanted.par.unwrap_or(By::Person) {
        By::Person => Actor::Person,
        By::Accountant => Actor::Accountant,
        By::Supplier => Actor::Supplier,
        By::System => Actor::System,
    };
    let mut portal = simulator.portal();
    let at = crate::dates::to_millisecond(
        wanted
            .date_heure_etat_courant
            .unwrap_or_else(|| portal.clock.now()),
    );
    let mut invoice = portal.set_status_at(id, &wanted.statut, wanted.commentaire, &actor, at)?;
    if let Some(mandat) = wanted.numero_dp_mandat {
        invoice = portal.set_mandate(id, mandat)?;
    }
    Ok(view(StatusCode::OK, &invoice))
}

/// `POST /_sim/invoices/{id}/download`: a person downloads it on the portal; the flag is set for everybody.
pub(super) async fn download(
    State(simulator): State<Arc<Simulator>>,
    Path(id): Path<i64>,
) -> Result<Response, Failure> {
    simulator.portal().mark_downloaded(id, &Actor::Person)?;
    one(State(simulator), Path(id)).await
}
