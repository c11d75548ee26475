//! Tests over all channels.
