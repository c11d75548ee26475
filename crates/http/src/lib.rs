//! What listens: the HTTP source, health and metrics.
