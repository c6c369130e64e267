//! The operations of a Llama, few and large: plain functions over slices, forward and backward.
//!
//! candle's own fused operations have no backward and cut its graph in silence; its primitives are too many passes over
//! memory, and its way back adds each gradient to zeros first. So the way back is ours, in `gradients`: every backward here
//! is compared with differences in f64, and the whole model's again.

pub mod attention;
#[cfg(test)]
mod differences;
pub mod head;
pub mod linear;
pub mod lookup;
pub mod norm;
pub mod product;
mod real;
pub mod rotary;
pub mod swiglu;
pub mod wide;
