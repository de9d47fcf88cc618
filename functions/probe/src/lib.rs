//! The credential radar: once a day it walks the way to Chorus Pro for each establishment and says where it ends.
//!
//! An expired password, a withdrawn right, an application that PISTE no longer knows: each stops invoices from coming without an error
//! that an accountant would see. The radar tells them apart, and counts the days that the technical account's password has left.
//!
//! - [`config`]: the settings;
//! - [`examination`]: one establishment, step by step; `relais doctor` does the same by hand;
//! - [`advice`]: what to do about each verdict, in French;
//! - [`result`]: what is kept of it in the state bucket;
//! - [`handler`]: all establishments.

pub mod advice;
pub mod config;
pub mod examination;
pub mod handler;
pub mod result;
