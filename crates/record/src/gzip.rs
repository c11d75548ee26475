//! Unpacking gzip: whole buffers fast, streams bounded, several members, a cap.
