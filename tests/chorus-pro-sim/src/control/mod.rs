//! The control surface: what an ERP team drives the portal with.

mod deposit;
mod failure;
mod faults;
mod invoices;
mod journal;
mod portal;
mod scenario;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

pub(crate) use deposit::read_documents;
pub use deposit::{Deposit, DepositDocument, DepositError, DepositSupplier, Generated};
pub(crate) use invoices::Supplied;
pub(crate) use portal::relais_config;

use crate::simulator::Simulator;

/// Everything under `/_sim`.
pub(crate) fn router() -> Router<Arc<Simulator>> {
    Router::new()
        .route("/", get(portal::index))
        .route("/config", get(portal::config))
        .route("/structures", get(portal::structures))
        .route(
            "/accounts",
            get(portal::accounts).patch(portal::change_account),
        )
        .route(
            "/behaviour",
            get(portal::behaviour).patch(portal::change_behaviour),
        )
        .route("/clock", get(portal::clock).post(portal::change_clock))
        .route("/reset", post(portal::reset))
        .route("/invoices", get(invoices::list).post(invoices::deposit))
        .route("/invoices/{id}", get(invoices::one))
        .route(
            "/invoices/{id}/documents/{document}",
            get(invoices::document),
        )
        .route("/invoices/{id}/complete", post(invoices::complete))
        .route("/invoices/{id}/recycle", post(invoices::recycle))
        .route("/invoices/{id}/pay", post(invoices::pay))
        .route("/invoices/{id}/status", post(invoices::status))
        .route("/invoices/{id}/download", post(invoices::download))
        .route("/scenario", get(scenario::progress))
        .route("/scenario/next", post(scenario::next))
        .route(
            "/faults",
            get(faults::list)
                .put(faults::set)
                .post(faults::add)
                .delete(faults::clear),
        )
        .route("/journal", get(journal::entries).delete(journal::clear))
        .route("/journal/summary", get(journal::summary))
        .fallback(portal::unknown)
        .layer(DefaultBodyLimit::disable())
}
