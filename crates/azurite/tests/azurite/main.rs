//! Azurite as the tests of other packages meet it.

mod client;
mod process;
mod proxy;
mod tokens;
