//! The operations of a Llama, few and large: plain functions over slices, forward and backward, and in `graph` the same as
//! nodes of candle's graph.
//!
//! candle's own fused operations have no backward and cut its graph in silence; its primitives are too many passes over
//! memory. Every backward here is compared with differences, in f64.

pub mod attention;
#[cfg(test)]
mod differences;
pub mod graph;
pub mod head;
mod linear;
mod lookup;
mod norm;
pub mod product;
mod real;
pub mod rotary;
mod swiglu;
