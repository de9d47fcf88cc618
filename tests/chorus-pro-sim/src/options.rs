//! What a simulator is started with.

use std::net::SocketAddr;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::documents::FolderError;
use crate::faults::{FaultError, FaultRule};
use crate::scenario::Scenario;
use crate::state::Behaviour;

/// Everything that may be chosen at the start.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address to listen on; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Decides every invented value.
    pub seed: u64,
    /// How many invoices are deposited at the start.
    pub invoices: usize,
    /// A folder whose PDF and XML files are deposited too.
    pub documents: Option<PathBuf>,
    /// A file that gets one JSON line a call.
    pub journal: Option<PathBuf>,
    /// Faults in force from the start.
    pub faults: Vec<FaultRule>,
    /// What happens by itself, and when; it sets the clock at the start, whatever `now` says.
    pub scenario: Option<Scenario>,
    /// What the portal's clock shows at the start; the machine's time when absent.
    pub now: Option<Timestamp>,
    /// How open questions are decided.
    pub behaviour: Behaviour,
}

impl Default for Options {
    /// A free port of 127.0.0.1, seed 1, no invoices.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            seed: 1,
            invoices: 0,
            documents: None,
            journal: None,
            faults: Vec::new(),
            scenario: None,
            now: None,
            behaviour: Behaviour::default(),
        }
    }
}

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}: {source}; choose another with --listen, or port 0 for a free one"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The journal cannot be written.
    #[error("cannot write the journal {path}: {source}")]
    Journal {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The folder of documents cannot be read.
    #[error("cannot deposit the folder of --documents: {0}")]
    Documents(#[from] FolderError),
    /// A fault can strike nothing.
    #[error(transparent)]
    Faults(#[from] FaultError),
}
