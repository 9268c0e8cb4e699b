//! Every command of the run book is run as it stands there, on the day that it is for: what it says in the order in which it says it.

mod admin;
mod app;
mod door;
mod source;

use admin::Admin;

const FILE: &str = "A file or a folder is lost";
const SHARE: &str = "Share files in sourceaccount is spoilt, or deleted";
const ACCOUNT: &str = "Account sourceaccount, or its region, is gone";
const APP: &str = "The app is gone";
const STATE: &str = "The tables are gone";
const COPY: &str = "Share targetaccount/files is deleted";
