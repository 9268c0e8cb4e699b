//! Azure Files REST emulator: a library and a small binary, written from the reference.
