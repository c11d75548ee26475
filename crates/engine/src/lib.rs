//! The pipeline.
mod fold;
mod sort;
mod walk;
