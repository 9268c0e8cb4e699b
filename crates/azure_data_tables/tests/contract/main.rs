//! What the client and a table service promise each other, tried on Azurite.

mod connections;
mod model;
mod queries;
mod rows;
mod tables;
mod transactions;
mod values;
mod world;
