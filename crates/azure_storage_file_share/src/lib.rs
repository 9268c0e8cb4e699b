//! REST client for Azure file shares.
