//! A folder of real files, each to be deposited as an invoice.

use std::path::{Path, PathBuf};

use super::{Facts, read_structured};

/// Why a folder could not be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {path}: {source}")]
pub struct FolderError {
    /// What could not be read.
    pub path: String,
    /// Why.
    #[source]
    pub source: std::io::Error,
}

/// One file worth a deposit.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) size: u64,
    /// What it says, when it is CII or UBL.
    pub(crate) facts: Option<Facts>,
}

/// The PDF and XML files of a folder and its subfolders, in the order of their paths. Files of other kinds are left out.
pub(crate) fn scan(folder: &Path) -> Result<Vec<Found>, FolderError> {
    let mut found = Vec::new();
    visit(folder, &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn visit(folder: &Path, found: &mut Vec<Found>) -> Result<(), FolderError> {
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |source| FolderError { path, source }
    };
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        if path.is_dir() {
            visit(&path, found)?;
        } else if let Some(file) = inspect(&path).map_err(failed(&path))? {
            found.push(file);
        }
    }
    Ok(())
}

fn inspect(path: &Path) -> std::io::Result<Option<Found>> {
    let extension = path
        .extension()
        .map(|end| end.to_string_lossy().to_ascii_lowercase());
    if !matches!(extension.as_deref(), Some("pdf" | "xml")) {
        return Ok(None);
    }
    let bytes = std::fs::read(path)?;
    let looks_right = infer::get(&bytes)
        .is_some_and(|kind| matches!(kind.mime_type(), "application/pdf" | "text/xml"));
    let facts = if extension.as_deref() == Some("xml") {
        read_structured(&bytes)
    } else {
        None
    };
    if !looks_right && facts.is_none() {
        return Ok(None);
    }
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    Ok(Some(Found {
        path: path.to_path_buf(),
        name,
        size: bytes.len() as u64,
        facts,
    }))
}
