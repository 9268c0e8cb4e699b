//! What the storage clients share: endpoints, Shared Key, retry that knows what may be repeated, errors.
